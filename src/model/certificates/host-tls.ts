/** Certificates and TLS options that labels choose for hosts (`docs/decisions/100-tls-by-labels.md`). */
import { sharing } from '../../lib/share-key.ts';
import type { TypedValues } from '../labels/from-rows.ts';
import type { Service } from '../service.ts';
import { BY_ACME } from '../values/certificate-source.ts';
import type { TlsVersion } from '../values/tls.ts';
import { allHosts, ANY_HOST, OTHER_REQUESTS } from '../values/network/host-patterns.ts';

/** What labels choose for a host. */
export interface HostTls {
  /** Name of a certificate in the store. */
  readonly certificate?: string | undefined;
  readonly minVersion?: TlsVersion | undefined;
  readonly ciphers?: string | undefined;
  /** Name of the authority of clients; `required`: all services of the host ask for it, so that the handshake can. */
  readonly client?: { readonly authority: string; readonly verify: 'required' | 'optional' } | undefined;
}

/** What labels choose, by host: a name, or `*.example.com`. */
export type TlsHosts = ReadonlyMap<string, HostTls>;

type Labelled = Pick<Service, 'typed'>;

/** The labels whose values count for whole hosts, not for a path of one. */
export const TLS_LABELS = ['CERT', 'TLS_MIN_VERSION', 'TLS_CIPHERS', 'TLS_CLIENT_CA'] as const;

/** Returns whether a service has one of these labels. */
export function hasTlsLabels({ typed }: Labelled): boolean {
  return typed !== undefined && TLS_LABELS.some((name) => tlsValue(name, typed) !== undefined);
}

/** Returns the value of one of these labels; an order of a certificate is none. */
export function tlsValue(name: (typeof TLS_LABELS)[number], typed: TypedValues | undefined): string | undefined {
  const value = typed?.[name] as string | undefined;
  return name === 'CERT' && value === BY_ACME ? undefined : value;
}

/** Returns whether a host can have a certificate and options of its own: HAProxy looks for names, and for wildcards of one label. */
export function canHaveTls(host: string): boolean {
  return host !== ANY_HOST && host !== OTHER_REQUESTS && !host.startsWith('~');
}

/**
 * Returns what labels choose for each host. Of several apps with a host, the one that leads it decides; of its services the first with a label.
 * `authorities`: those that can be named.
 */
export function tlsHosts(services: readonly Service[], authorities: ReadonlySet<string>): TlsHosts {
  const hosts = new Map<string, HostTls>();
  if (!services.some(hasTlsLabels)) return hosts;
  const terminated = services.filter(({ mode }) => mode === 'http');
  const groups = sharing(
    terminated,
    (service) => allHosts(service).filter(canHaveTls),
    () => true,
  );
  for (const [host, group] of groups) {
    const isAlone = group.every(({ app }) => app === group[0]?.app);
    const deciding = isAlone ? group : group.filter(({ leads }) => leads?.includes(host));
    const chosen = chosenBy(deciding, group, authorities);
    if (chosen !== undefined) hosts.set(host, chosen);
  }
  return hosts;
}

function chosenBy(
  deciding: readonly Labelled[],
  all: readonly Labelled[],
  authorities: ReadonlySet<string>,
): HostTls | undefined {
  const valueOf = (name: (typeof TLS_LABELS)[number]): string | undefined =>
    deciding.map(({ typed }) => tlsValue(name, typed)).find((value) => value !== undefined);
  const authority = valueOf('TLS_CLIENT_CA');
  const isRequired = all.every(
    ({ typed }) => typed?.['TLS_CLIENT_CA'] === authority && typed?.['TLS_CLIENT_VERIFY'] !== 'optional',
  );
  const chosen: HostTls = {
    certificate: valueOf('CERT'),
    minVersion: valueOf('TLS_MIN_VERSION') as TlsVersion | undefined,
    ciphers: valueOf('TLS_CIPHERS'),
    client:
      authority === undefined || !authorities.has(authority)
        ? undefined
        : { authority, verify: isRequired ? 'required' : 'optional' },
  };
  return Object.values(chosen).some((value) => value !== undefined) ? chosen : undefined;
}

/** Returns what a name or a wildcard of a certificate is served with: requests for it are for the longest wildcard above, if it is of no service itself. */
export function tlsFor(name: string, hosts: TlsHosts, isServed: (host: string) => boolean): HostTls | undefined {
  const own = hosts.get(name);
  if (own !== undefined || isServed(name)) return own;
  for (let at = name.indexOf('.'); at !== -1; at = name.indexOf('.', at + 1)) {
    const wildcard = `*${name.slice(at)}`;
    if (wildcard === name) continue;
    if (hosts.has(wildcard) || isServed(wildcard)) return hosts.get(wildcard);
  }
  return undefined;
}
