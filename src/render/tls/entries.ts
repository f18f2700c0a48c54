/** The list of certificates of the shared HTTPS frontend, with the certificates and options that labels choose for hosts. */
import type { Certificate } from '../../model/certificates/certificate.ts';
import { type HostTls, tlsFor, type TlsHosts } from '../../model/certificates/host-tls.ts';
import { isHostPattern, wildcardOf } from '../../model/values/network/host-patterns.ts';
import type { CrtListEntry } from '../files/crt-list.ts';

export interface ListedHosts {
  readonly hosts: TlsHosts;
  /** Names and wildcards of all services. */
  readonly served: ReadonlySet<string>;
  /** Returns the options of an entry, as the list has them in brackets; an empty text for none. */
  readonly optionsOf: (tls: HostTls, certificate: Certificate) => string;
}

/**
 * Returns the entries: of each certificate one with the names that nobody chose anything for, in the order of the certificates; then those of hosts
 * for which labels choose. No name is in two entries of different options, as HAProxy would take either.
 */
export function listEntries(certificates: readonly Certificate[], listed: ListedHosts): readonly CrtListEntry[] {
  const plainEntry = (certificate: Certificate): CrtListEntry => {
    const options = listed.optionsOf({}, certificate);
    return { path: certificate.path, ...(options !== '' && { options }) };
  };
  if (listed.hosts.size === 0) return certificates.map(plainEntry);
  const byName = new Map<string, Certificate>();
  for (const certificate of certificates) if (!byName.has(certificate.name)) byName.set(certificate.name, certificate);
  const chosenOf = (tls: HostTls): Certificate | undefined =>
    tls.certificate === undefined ? undefined : byName.get(tls.certificate);
  const own = createOwnEntries(listed);
  const isServed = (host: string): boolean => listed.served.has(host);
  const left = new Map(listed.hosts);
  /** Names of which the entries say what is chosen. */
  const chosenNames = new Set(listed.hosts.keys());
  const plain = certificates.map((certificate): CrtListEntry => {
    const names = [...certificate.hosts, ...(certificate.alsoNamed ?? [])];
    const kept = names.filter((name) => {
      const tls = tlsFor(name, listed.hosts, isServed);
      if (tls === undefined) return true;
      chosenNames.add(name);
      if ((chosenOf(tls) ?? certificate) === certificate) {
        own.add(certificate, name, tls);
        left.delete(name);
      }
      return false;
    });
    if (kept.length === names.length) return plainEntry(certificate);
    return { ...plainEntry(certificate), hosts: kept.length === 0 ? [NOBODY] : kept };
  });
  const covering = (host: string): readonly Certificate[] => {
    const wildcard = wildcardOf(host);
    const found = certificates.filter(({ hosts }) => hosts.includes(wildcard));
    return found.length > 0 ? found : certificates.slice(0, 1);
  };
  for (const [host, tls] of left) {
    const chosen = chosenOf(tls);
    for (const certificate of chosen === undefined ? covering(host) : [chosen]) own.add(certificate, host, tls);
  }
  // What is chosen for a wildcard is not for names below it that other services have.
  const named = new Set(plain.flatMap(({ hosts }, at) => hosts ?? certificates[at]?.hosts ?? []));
  for (const host of listed.served) {
    if (isHostPattern(host) || listed.hosts.has(host) || named.has(host) || !chosenNames.has(wildcardOf(host))) continue;
    for (const certificate of covering(host)) own.add(certificate, host, {});
  }
  return [...plain, ...own.entries()];
}

/** A name that no client asks for: without one HAProxy takes all names of the certificate. */
const NOBODY = 'marathon-lb.invalid';

function createOwnEntries({ optionsOf }: Pick<ListedHosts, 'optionsOf'>) {
  const byKey = new Map<string, { readonly path: string; readonly options: string; readonly hosts: Set<string> }>();
  return {
    add(certificate: Certificate, host: string, tls: HostTls): void {
      const { path } = certificate;
      const options = optionsOf(tls, certificate);
      const key = `${path} ${options}`;
      const entry = byKey.get(key) ?? { path, options, hosts: new Set() };
      byKey.set(key, entry);
      entry.hosts.add(host);
    },
    entries: (): readonly CrtListEntry[] =>
      [...byKey]
        .sort(([one], [other]) => (one < other ? -1 : 1))
        .flatMap(([, { path, options, hosts }]) =>
          inParts([...hosts].sort()).map((part) => ({ path, ...(options !== '' && { options }), hosts: part })),
        ),
  };
}

/** An entry has to fit into one command. */
function inParts(hosts: readonly string[]): readonly (readonly string[])[] {
  return Array.from({ length: Math.ceil(hosts.length / PART) }, (_, at) => hosts.slice(PART * at, PART * (at + 1)));
}

const PART = 30;
