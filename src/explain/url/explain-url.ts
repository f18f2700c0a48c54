/** Which service and servers get the requests for a URL, and which rules lose. */
import { deploymentGroup } from '../../model/groups/deployment-groups.ts';
import { isSameClaim } from '../../model/conflicts/claimed-hosts.ts';
import { isDefaultApp } from '../../model/default-app.ts';
import { whyFirst } from '../../model/conflicts/holders.ts';
import { reasonOf } from '../../model/lint/unreachable-rules.ts';
import type { Workload } from '../../model/workload.ts';
import type { Service } from '../../model/service.ts';
import type { Decision } from '../decision.ts';
import type { ExplainedRequest } from './request.ts';
import { type Loser, routeOf } from './route.ts';
import type { Rule } from './rules.ts';
import { canaryTraits } from '../app/canary-traits.ts';
import { traitsOf } from '../app/traits.ts';

export interface UrlExplanation {
  readonly url: string;
  /** Whether a service gets it. */
  readonly served: boolean;
  /** Why HAProxy does not run what was decided, though a service would get it; undefined: it does. */
  readonly notLive?: string | undefined;
  readonly steps: readonly string[];
  /** The line of the configuration that decided. */
  readonly rule: string | undefined;
  readonly service: string | undefined;
  readonly backend: string | undefined;
  readonly traits: readonly string[];
  readonly servers: readonly string[];
  /** Rules that nearly had it, and why they have not. */
  readonly losers: readonly string[];
  /** Apps that want the host or the port but are not served. */
  readonly absent: readonly string[];
}

export function explainUrl(decision: Decision, request: ExplainedRequest): UrlExplanation {
  const { document, services, settings } = decision;
  const { steps, backend, winner, losers } = routeOf(document, request);
  const byBackend = new Map(services.map((service) => [service.backend, service]));
  const service = backend === undefined ? undefined : byBackend.get(backend);
  const isByDefault =
    service !== undefined &&
    isDefaultApp(service, settings.defaultApp) &&
    winner !== undefined &&
    isForAll(winner) &&
    request.port !== service.servicePort;
  const shown = losers.slice(0, MOST).map((loser) => formatLoser(loser, winner, service, byBackend));
  return {
    url: request.url,
    served: service !== undefined && decision.notLive === undefined,
    notLive: service && decision.notLive,
    steps: isByDefault ? [...steps, 'no rule for this host and path holds: the default app gets it (--default-app)'] : steps,
    rule: winner?.text,
    service: service && nameOf(service),
    backend,
    traits: service ? [...traitsOf(service), ...canaryTraits(service, services, settings)] : [],
    servers:
      service?.servers.map(({ ip, port, taskId, draining }) => `${ip}:${port} task ${taskId}${draining ? ', draining' : ''}`) ??
      [],
    losers: losers.length > MOST ? [...shown, `and ${losers.length - MOST} more`] : shown,
    absent: absentApps(decision, request).slice(0, MOST),
  };
}

/** Returns whether a rule asks for nothing, but that others do not have the request. */
function isForAll({ condition }: Rule): boolean {
  return condition === undefined || condition.anyOf.every((terms) => terms.every(({ negated }) => negated));
}

const MOST = 20;

function absentApps({ snapshot, services }: Decision, { name, port }: ExplainedRequest): string[] {
  const served = new Set(services.map(({ app }) => app));
  const wants = (app: Workload): boolean =>
    app.servicePorts.includes(port) ||
    Object.entries(app.labels).some(
      ([label, text]) =>
        /^HAPROXY_\d+_VHOST$/.test(label) &&
        text
          .toLowerCase()
          .split(/[,\s]+/)
          .includes(name),
    );
  return snapshot.workloads.filter((app) => !served.has(deploymentGroup(app) ?? app.id) && wants(app)).map(({ id }) => id);
}

function nameOf(service: Service): string {
  return `${service.app}, service port ${service.servicePort}`;
}

function formatLoser(
  { rule, why }: Loser,
  winner: Rule | undefined,
  won: Service | undefined,
  byBackend: ReadonlyMap<string, Service>,
): string {
  const lost = byBackend.get(rule.owner?.backend ?? '');
  const line = `${rule.owner?.app ?? 'the template'}: ${rule.text}`;
  switch (why.kind) {
    case 'term':
      return `${line} — ${why.term} does not hold`;
    case 'port-in-host':
      return `${line} — compares the whole Host header, which has a port here; --haproxy-map cuts it off`;
    case 'unknown':
      return `${line} — what it asks for is not in the URL`;
    case 'later':
      return `${line} — holds, but comes ${laterBy(rule, winner, lost, won)}`;
    default:
      return why satisfies never;
  }
}

function laterBy(rule: Rule, winner: Rule | undefined, lost: Service | undefined, won: Service | undefined): string {
  if (winner !== undefined && winner.kind !== rule.kind) return `later: HAProxy runs ${winner.kind} before ${rule.kind}`;
  if (rule.words[0]?.startsWith('%[')) return 'later: lookups in maps come last';
  if (lost === undefined || won === undefined) return 'later';
  if (lost === won) return 'later, from the same service';
  const isSame = isSameClaim(lost, won) && lost.app !== won.app;
  return `later: ${isSame ? `it is claimed by ${won.app}, ${whyFirst(won, lost)}` : `${won.app} gets it, as ${reasonOf(won, lost)}`}`;
}
