/** The program's own metrics, one row each: the registry and `docs/reference/metrics.md` are made from these. Never a label per app or task. */

export interface MetricRow {
  readonly type: 'counter' | 'gauge' | 'histogram';
  readonly help: string;
  /** Label → its values, for the manual. */
  readonly labels?: Readonly<Record<string, string>>;
  /** Upper bounds of a histogram. */
  readonly buckets?: readonly number[];
}

/** Seconds, from a change at runtime to a slow reload. */
const DURATIONS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60];

export const metricRows = {
  marathon_lb_build_info: { type: 'gauge', help: 'Always 1; which version this is.', labels: { version: 'of the program' } },
  marathon_lb_ready: { type: 'gauge', help: 'Whether `/_mlb/ready` answers 200.' },
  marathon_lb_passes_total: {
    type: 'counter',
    help: 'Passes from Marathon to HAProxy.',
    labels: {
      outcome:
        '`unchanged`, `runtime`, `reload`, `refused` (by HAProxy: nothing changed), `failed`, `held` (doubted), `postponed` (the reload has to wait)',
    },
  },
  marathon_lb_pass_stage_seconds: {
    type: 'histogram',
    help: 'How long each stage of a pass took.',
    labels: { stage: '`read`, `build`, `render`, `check`, `apply`' },
    buckets: DURATIONS,
  },
  marathon_lb_event_lag_seconds: {
    type: 'histogram',
    help: 'From the arrival of an event, signal or timer to the end of the pass that changed something for it.',
    buckets: DURATIONS,
  },
  marathon_lb_last_pass_ok_timestamp_seconds: {
    type: 'gauge',
    help: 'When the last pass that went well began; 0: none did yet.',
  },
  marathon_lb_marathon_read_age_seconds: {
    type: 'gauge',
    help: 'Age of the last read of Marathon that went well; -1: there was none yet.',
  },
  marathon_lb_marathon_heard_age_seconds: {
    type: 'gauge',
    help: 'Since when nothing came from Marathon, neither an event nor an answer; -1: nothing came yet.',
  },
  marathon_lb_stream_lost_total: { type: 'counter', help: 'How often the event stream was lost, or could not be opened.' },
  marathon_lb_reconnects_total: { type: 'counter', help: 'How often the event stream was opened again.' },
  marathon_lb_reloads_total: {
    type: 'counter',
    help: 'Reloads of HAProxy by the kinds of change that needed them; one reload counts once for each of its kinds.',
    labels: {
      reason:
        '`service-new`, `service-gone`, `settings` (of a service), `rules` (of a shared frontend), `head`, `servers`, `map`, `order`, `refused` (at runtime), `other` (asked for, start, the last one failed)',
    },
  },
  marathon_lb_runtime_commands_total: { type: 'counter', help: 'Commands to the running HAProxy, in place of a reload.' },
  marathon_lb_runtime_refusals_total: { type: 'counter', help: 'Such commands that HAProxy refused.' },
  marathon_lb_services: { type: 'gauge', help: 'Services that are served.' },
  marathon_lb_servers: { type: 'gauge', help: 'Servers of all services.', labels: { state: '`ready`, `draining`' } },
  marathon_lb_servers_leaving: { type: 'gauge', help: 'Servers that are no more, and wait for their last session to end.' },
  marathon_lb_problems: {
    type: 'gauge',
    help: 'Problems with apps at the moment.',
    labels: { code: 'such as `label-malformed` or `haproxy-rejected`' },
  },
  marathon_lb_certificate_expiry_timestamp_seconds: {
    type: 'gauge',
    help: 'When the certificate for a host ends, in seconds since 1970; of more than 5,000 hosts those that end first.',
    labels: { host: 'of the certificate, such as `shop.example.com` or `*.example.com`' },
  },
  marathon_lb_certificate_store_up: {
    type: 'gauge',
    help: '1 if the store of certificates could be read the last time, else 0: what is served stays, and orders wait.',
    labels: { store: 'as `--cert-store` names it, such as `dir:/mnt/certs`' },
  },
  marathon_lb_acme_orders_total: {
    type: 'counter',
    help: 'Orders of certificates that this load balancer made (`--acme-domains`).',
    labels: {
      outcome: '`issued`, `failed` (refused by the ACME server, for one host), `postponed` (the server or the store was away)',
    },
  },
  marathon_lb_haproxy_up: {
    type: 'gauge',
    help: '1 if HAProxy answers on its runtime socket (or, without one, runs), else 0; NaN until it was seen.',
  },
  marathon_lb_haproxy_old_workers: { type: 'gauge', help: 'HAProxy processes of earlier reloads that still have connections.' },
  process_cpu_seconds_total: { type: 'counter', help: 'CPU time of the program.' },
  process_resident_memory_bytes: { type: 'gauge', help: 'Memory of the program.' },
  process_start_time_seconds: { type: 'gauge', help: 'When the program was started, in seconds since 1970.' },
} as const satisfies Record<string, MetricRow>;

export type MetricName = keyof typeof metricRows;

/** `docs/reference/metrics.md`. */
export function metricsManual(): string {
  const lines = Object.entries<MetricRow>(metricRows).map(([name, { type, help, labels = {} }]) => {
    const shown = Object.entries(labels).map(([label, values]) => `\`${label}\`: ${values}`);
    return `| \`${name}\` | ${type} | ${help} | ${shown.join('; ')} |\n`;
  });
  return `# Metrics\n\n${INTRO}\n| metric | type | meaning | labels |\n| --- | --- | --- | --- |\n${lines.join('')}`;
}

const INTRO = `The program's own, at \`/_mlb/metrics\` of \`--admin-listen\`, and with the default HEAD template on \`--stats-port\`
(through HAProxy, whose own metrics are at \`/metrics\` there). \`/_mlb/health\` answers 200 while the program lives; \`/_mlb/ready\` answers
200 if HAProxy answers and runs what Marathon says, and Marathon was heard of within twice \`--resync-interval\`, else 503 with the reasons.
`;
