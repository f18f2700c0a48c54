/** Metrics of the program itself: counted from the journal; the rest is read at each request. */
import { Counter, Gauge, Histogram, Registry } from 'prom-client';
import type { StatusSource } from '../engine/status/status.ts';
import type { Entry, Journal } from '../engine/journal/journal.ts';
import { isNote } from '../model/problem.ts';
import { reloadKinds } from '../engine/journal/reload-kinds.ts';
import { type MetricName, type MetricRow, metricRows } from './metric-rows.ts';

export interface MetricsSources {
  /** Each pass is counted once. */
  readonly journal: Pick<Journal, 'subscribe' | 'latest'>;
  readonly status: Pick<StatusSource, 'figures'>;
  readonly version: string;
}

export interface Metrics {
  readonly contentType: string;
  /** The text that Prometheus reads. */
  scrape(): Promise<string>;
}

/** Counts from now on. */
export function createMetrics(sources: MetricsSources): Metrics {
  const { journal, status } = sources;
  const registry = new Registry();
  const meters = createMeters(registry);
  meters.set('marathon_lb_build_info', 1, { version: sources.version });
  meters.set('process_start_time_seconds', Math.round(performance.timeOrigin / 1000));
  if (journal.latest) notePass(journal.latest, meters);
  journal.subscribe((entry) => notePass(entry, meters));

  const look = async (): Promise<void> => {
    const { isReady, haproxy, marathon, servers, oldWorkers, leaving, certificateEnds, certificateStores, orders } =
      await status.figures();
    meters.set('marathon_lb_ready', isReady ? 1 : 0);
    meters.set('marathon_lb_haproxy_up', haproxy === 'unknown' ? Number.NaN : Number(haproxy === 'alive'));
    meters.set('marathon_lb_marathon_read_age_seconds', seconds(marathon.readAgo));
    meters.set('marathon_lb_marathon_heard_age_seconds', seconds(marathon.heardAgo));
    meters.raiseTo('marathon_lb_stream_lost_total', marathon.streamsLost);
    meters.raiseTo('marathon_lb_reconnects_total', Math.max(0, marathon.streamsOpened - 1));
    const { user, system } = process.cpuUsage();
    meters.raiseTo('process_cpu_seconds_total', (user + system) / 1e6);
    meters.set('process_resident_memory_bytes', process.memoryUsage.rss());
    for (const [state, count] of Object.entries(servers)) meters.set('marathon_lb_servers', count, { state });
    meters.clear('marathon_lb_certificate_expiry_timestamp_seconds');
    for (const [host, ends] of certificateEnds) meters.set('marathon_lb_certificate_expiry_timestamp_seconds', ends, { host });
    for (const [store, isUp] of Object.entries(certificateStores ?? {}))
      meters.set('marathon_lb_certificate_store_up', isUp ? 1 : 0, { store });
    for (const [outcome, count] of Object.entries(orders ?? {}))
      meters.raiseTo('marathon_lb_acme_orders_total', count, { outcome });
    // No answer, no figure.
    if (oldWorkers !== undefined) meters.set('marathon_lb_haproxy_old_workers', oldWorkers);
    if (leaving !== undefined) meters.set('marathon_lb_servers_leaving', leaving);
  };

  return {
    contentType: registry.contentType,
    async scrape() {
      await look();
      return registry.metrics();
    },
  };
}

function notePass(entry: Entry, meters: Meters): void {
  const { outcome, stages, problems } = entry;
  meters.add('marathon_lb_passes_total', 1, { outcome: outcome.kind });
  for (const [stage, ms] of Object.entries(stages)) meters.observe('marathon_lb_pass_stage_seconds', ms / 1000, { stage });
  if (outcome.kind === 'runtime' || outcome.kind === 'reload') {
    meters.observe('marathon_lb_event_lag_seconds', entry.sinceCause / 1000);
  }
  if ('commands' in outcome) meters.add('marathon_lb_runtime_commands_total', outcome.commands.length);
  meters.add('marathon_lb_runtime_refusals_total', entry.refusals?.length ?? 0);
  if (outcome.kind === 'reload') for (const reason of reloadKinds(entry)) meters.add('marathon_lb_reloads_total', 1, { reason });
  if (outcome.kind === 'unchanged' || outcome.kind === 'runtime' || outcome.kind === 'reload') {
    meters.set('marathon_lb_last_pass_ok_timestamp_seconds', entry.at.getTime() / 1000);
  }
  meters.set('marathon_lb_services', entry.services);
  meters.clear('marathon_lb_problems');
  const byCode = new Map<string, number>();
  for (const problem of problems) {
    if (!isNote(problem)) byCode.set(problem.code, (byCode.get(problem.code) ?? 0) + 1);
  }
  for (const [code, count] of byCode) meters.set('marathon_lb_problems', count, { code });
}

function seconds(ms: number | undefined): number {
  return ms === undefined ? -1 : ms / 1000;
}

type Labels = Readonly<Record<string, string>>;

interface Meters {
  add(name: MetricName, value: number, labels?: Labels): void;
  /** Sets a counter to a number that is counted elsewhere. */
  raiseTo(name: MetricName, value: number, labels?: Labels): void;
  set(name: MetricName, value: number, labels?: Labels): void;
  observe(name: MetricName, value: number, labels?: Labels): void;
  /** Forgets the values of all labels. */
  clear(name: MetricName): void;
}

/** Makes a meter for each row. Throws if a row is used as another kind of meter. */
function createMeters(registry: Registry): Meters {
  const counters = new Map<string, Counter>();
  const gauges = new Map<string, Gauge>();
  const histograms = new Map<string, Histogram>();
  const raised = new Map<string, number>();
  for (const [name, row] of Object.entries<MetricRow>(metricRows)) {
    const config = { name, help: row.help, labelNames: Object.keys(row.labels ?? {}), registers: [registry] };
    if (row.type === 'counter') counters.set(name, new Counter(config));
    else if (row.type === 'gauge') gauges.set(name, new Gauge(config));
    else histograms.set(name, new Histogram({ ...config, buckets: [...(row.buckets ?? [])] }));
  }
  return {
    add: (name, value, labels = {}) => found(counters, name).inc(labels, value),
    raiseTo(name, value, labels = {}) {
      const key = [name, ...Object.values(labels)].join(' ');
      found(counters, name).inc(labels, Math.max(0, value - (raised.get(key) ?? 0)));
      raised.set(key, value);
    },
    set: (name, value, labels = {}) => found(gauges, name).set(labels, value),
    observe: (name, value, labels = {}) => found(histograms, name).observe(labels, value),
    clear: (name) => found(gauges, name).reset(),
  };
}

function found<T>(meters: ReadonlyMap<string, T>, name: string): T {
  const meter = meters.get(name);
  if (meter === undefined) throw new TypeError(`metric ${name} is of another type`);
  return meter;
}
