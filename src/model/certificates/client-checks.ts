/** Which connections may bring requests to services with the label TLS_CLIENT_CA. */
import { isSame } from '../../lib/deep-equal.ts';
import type { Problem } from '../problem.ts';
import type { ClientCheck, Service } from '../service.ts';
import { allHosts, describeHost, isHostPattern } from '../values/network/host-patterns.ts';
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
  readonly authorities: readonly string[];
  /** Certificates are served by a list, the only place of options for a host. */
  readonly isListed: boolean;
}

/** Gives services with TLS_CLIENT_CA, and their canaries, what their backends check. The same services give the same objects. */
export function checkClients(services: readonly Service[], { authorities, isListed }: CheckOptions): Checked {
  const hosts = isListed ? tlsHosts(services, new Set(authorities)) : NO_HOSTS;
  const guarded = services.filter(({ typed, mode }) => mode === 'http' && typed?.['TLS_CLIENT_CA'] !== undefined);
  if (guarded.length === 0) return { services, hosts, problems: [] };
  const checks = new Map(guarded.map((service) => [service, checkOf(service, hosts)]));
  const byBackend = new Map(Array.from(checks, ([{ backend }, check]) => [backend, check]));
  const problems = guarded.flatMap((service) => problemsOf(service, hosts, { authorities, isListed }));
  const checked = services.map((service) => {
    const own = checks.get(service);
    const check = own === undefined || service.mainBackend === undefined ? own : joined(own, byBackend.get(service.mainBackend));
    return check === undefined ? service : withCheck(service, check);
  });
  return { services: checked, hosts, problems };
}

const NO_HOSTS: TlsHosts = new Map();

function checkOf(service: Service, hosts: TlsHosts): ClientCheck {
  const authority = service.typed?.['TLS_CLIENT_CA'];
  const isChecked = (host: string): boolean => hosts.get(host)?.client?.authority === authority;
  const own = allHosts(service).filter(isChecked);
  const wildcards = own.filter(isHostPattern);
  const others = [...hosts].flatMap(([host, { client }]) =>
    client !== undefined && client.authority !== authority && wildcards.some((wildcard) => host.endsWith(wildcard.slice(1)))
      ? [host]
      : [],
  );
  return { verify: service.typed?.['TLS_CLIENT_VERIFY'] === 'optional' ? 'optional' : 'required', hosts: own, others };
}

/** A canary gets the requests of its main service, which has the same labels. */
function joined(own: ClientCheck, main: ClientCheck | undefined): ClientCheck {
  if (main === undefined) return own;
  return {
    verify: own.verify,
    hosts: [...new Set([...main.hosts, ...own.hosts])],
    others: [...new Set([...main.others, ...own.others])],
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

function problemsOf(service: Service, hosts: TlsHosts, { authorities, isListed }: CheckOptions): readonly Problem[] {
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
  if (!authorities.includes(authority)) {
    const named = authorities.length === 0 ? 'has none' : `has ${authorities.slice(0, 10).join(', ')}`;
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
  if (open.length === 0) return [];
  const why = open.every(canHaveTls)
    ? 'another service decides about TLS there'
    : 'only names and wildcards can have an authority of clients';
  const listed = open.slice(0, 5).map(describeHost).join(', ');
  return [
    problem(`${label} cannot be checked for ${listed}: ${why} (nobody is let in there)`, 'give the service hosts of its own'),
  ];
}
