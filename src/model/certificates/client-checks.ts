/** Which connections may bring requests to services with the label TLS_CLIENT_CA. */
import { isSame } from '../../lib/deep-equal.ts';
import type { Problem } from '../problem.ts';
import type { ClientCheck, Service } from '../service.ts';
import { allHosts, describeHost, isHostPattern, wildcardOf } from '../values/network/host-patterns.ts';
import { type ClientCa, digestOf } from './client-cas.ts';
import { canHaveTls, type TlsHosts, tlsHosts } from './host-tls.ts';

export interface Checked {
  /** The same list if no service has such a label. */
  readonly services: readonly Service[];
  /** What labels choose for hosts. */
  readonly hosts: TlsHosts;
  readonly problems: readonly Problem[];
}

export interface CheckOptions {
  /** The authorities that can be named (`--client-cas`). */
  readonly authorities: readonly ClientCa[];
  /** Certificates are served by a list, the only place of options for a host. */
  readonly isListed: boolean;
  /** Returns how the name of the frontend of a host can be found, if connections there are checked as the list says. */
  readonly frontendsOf: (services: readonly Service[]) => (host: string) => string | undefined;
}

/** Gives services with TLS_CLIENT_CA, and their canaries, what their backends check. The same services give the same objects. */
export function checkClients(services: readonly Service[], options: CheckOptions): Checked {
  const { isListed, frontendsOf } = options;
  const authorities = new Map(options.authorities.map((each) => [each.name, each]));
  const hosts = isListed ? tlsHosts(services, new Set(authorities.keys())) : NO_HOSTS;
  const guarded = services.filter(({ typed, mode }) => mode === 'http' && typed?.['TLS_CLIENT_CA'] !== undefined);
  if (guarded.length === 0) return { services, hosts, problems: [] };
  const served = new Set(services.flatMap((service) => [...allHosts(service), ...(service.tlsHosts ?? [])]));
  const view: View = { hosts, authorities, served, frontendOf: frontendsOf(services) };
  const checks = new Map(guarded.map((service) => [service, checkOf(service, view)]));
  const byBackend = new Map(Array.from(checks, ([{ backend }, check]) => [backend, check]));
  const problems = guarded.flatMap((service) => problemsOf(service, view, isListed));
  const checked = services.map((service) => {
    const own = checks.get(service);
    const check = own === undefined || service.mainBackend === undefined ? own : joined(own, byBackend.get(service.mainBackend));
    return check === undefined ? service : withCheck(service, check);
  });
  return { services: checked, hosts, problems };
}

const NO_HOSTS: TlsHosts = new Map();

interface View {
  readonly hosts: TlsHosts;
  readonly authorities: ReadonlyMap<string, ClientCa>;
  /** Names and wildcards of all services. */
  readonly served: ReadonlySet<string>;
  readonly frontendOf: (host: string) => string | undefined;
}

function checkOf(service: Service, { hosts, authorities, served, frontendOf }: View): ClientCheck {
  const authority = service.typed?.['TLS_CLIENT_CA'] as string;
  const given = authorities.get(authority);
  const isChecked = (host: string): boolean => hosts.get(host)?.client?.authority === authority;
  const own = allHosts(service).filter((host) => isChecked(host) && frontendOf(host) !== undefined);
  const wildcards = new Set(own.filter(isHostPattern));
  // HAProxy takes the entry of a wildcard only for names of one label more, for which there is none.
  const below = wildcards.size === 0 ? [] : [...served].filter((host) => !isHostPattern(host) && wildcards.has(wildcardOf(host)));
  const frontends = [...own, ...below.filter(isChecked)].flatMap((host) => frontendOf(host) ?? []);
  return {
    verify: service.typed?.['TLS_CLIENT_VERIFY'] === 'optional' ? 'optional' : 'required',
    hosts: own,
    others: below.filter((host) => !isChecked(host)),
    frontends: [...new Set(frontends)],
    digest: given === undefined ? '' : digestOf(given),
  };
}

/** A canary gets the requests of its main service, which has the same labels. */
function joined(own: ClientCheck, main: ClientCheck | undefined): ClientCheck {
  if (main === undefined) return own;
  return {
    ...own,
    hosts: [...new Set([...main.hosts, ...own.hosts])],
    others: [...new Set([...main.others, ...own.others])],
    frontends: [...new Set([...main.frontends, ...own.frontends])],
  };
}

function withCheck(service: Service, clientCheck: ClientCheck): Service {
  let after = known.get(service);
  if (after === undefined || !isSame(after.clientCheck, clientCheck)) {
    after = { ...service, clientCheck };
    known.set(service, after);
  }
  return after;
}

const known = new WeakMap<Service, Service>();

function problemsOf(service: Service, { hosts, authorities, frontendOf }: View, isListed: boolean): readonly Problem[] {
  const { app, backend, index, typed } = service;
  const label = `HAPROXY_${index}_TLS_CLIENT_CA`;
  const authority = typed?.['TLS_CLIENT_CA'] as string;
  const problem = (detail: string, fix: string): Problem => ({
    code: 'label-malformed',
    app,
    service: backend,
    label,
    detail,
    fix,
  });
  if (!authorities.has(authority)) {
    const named = authorities.size === 0 ? 'has none' : `has ${[...authorities.keys()].slice(0, 10).join(', ')}`;
    const detail = `${label} names ${authority}, which is no authority of clients: the folder of --client-cas ${named} (nobody is let in)`;
    return [problem(detail, 'name an authority that is there, or ask the operator for it')];
  }
  if (!isListed)
    return [
      problem(
        `${label} cannot be checked: HAProxy has no list of certificates yet (nobody is let in)`,
        'put a certificate into the store',
      ),
    ];
  const all = allHosts(service);
  if (all.length === 0 && service.mainBackend === undefined)
    return [problem(`${label} cannot be checked: service ${index} has no host (nobody is let in)`, `set HAPROXY_${index}_VHOST`)];
  const open = all.filter((host) => hosts.get(host)?.client?.authority !== authority);
  if (open.length === 0) {
    const foreign = all.filter((host) => frontendOf(host) === undefined);
    if (foreign.length === 0) return [];
    const listed = foreign.slice(0, 5).map(describeHost).join(', ');
    const detail = `${label} cannot be checked for ${listed}: the bind line there asks clients for other certificates (nobody is let in there)`;
    return [problem(detail, `take verify and ca-file out of HAPROXY_${index}_BIND_OPTIONS, or ask the operator`)];
  }
  const why = open.every(canHaveTls)
    ? 'another service decides about TLS there'
    : 'only names and wildcards can have an authority of clients';
  const listed = open.slice(0, 5).map(describeHost).join(', ');
  return [
    problem(`${label} cannot be checked for ${listed}: ${why} (nobody is let in there)`, 'give the service hosts of its own'),
  ];
}
