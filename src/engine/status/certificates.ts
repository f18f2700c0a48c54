/** What is known of certificates, as plain data for the status, its own endpoint and the metrics. */
import type { CertificateEnd } from '../../certificates/expiry.ts';
import type { Certificate, CertificateProblem, CertificateTable } from '../../model/certificates/certificate.ts';

export interface CertificatesStatus {
  readonly certificates: readonly CertificateStatus[];
  readonly problems: readonly CertificateProblem[];
}

export interface CertificateStatus {
  readonly name: string;
  readonly hosts: readonly string[];
  readonly source: string;
  /** File that HAProxy reads. */
  readonly path: string;
  readonly issuer: string;
  readonly starts: string;
  readonly ends: string;
  /** HAProxy has this very certificate; null: it does not say. */
  readonly served: boolean | null;
}

/** `known`: what HAProxy has by path; undefined: it does not say. */
export function certificatesStatus(table: CertificateTable, known: ReadonlyMap<string, string> | undefined): CertificatesStatus {
  const certificates = table.certificates.map(({ name, hosts, origin, path, issuer, starts, ends, fingerprint }) => {
    const served = known === undefined ? null : known.get(path) === fingerprint;
    return { name, hosts, source: origin, path, issuer, starts, ends, served };
  });
  return { certificates, problems: table.problems };
}

/** Returns when certificates end, the soonest first, without those that end much later than others. */
export function endsOf(certificates: readonly Certificate[]): readonly CertificateEnd[] {
  const ends = certificates.map(({ path, hosts, name, ends }) => ({ path, name: hosts[0] ?? name, ends }));
  return ends.sort((a, b) => (a.ends < b.ends ? -1 : Number(a.ends > b.ends))).slice(0, MOST_ENDS);
}

/** A status of many more is of no use. */
const MOST_ENDS = 1000;

/** Returns when the certificate of each host ends, in seconds since 1970; of several for one host the first. Of too many hosts the soonest. */
export function endsByHost(certificates: readonly Certificate[]): ReadonlyMap<string, number> {
  const found = new Map<string, number>();
  for (const { hosts, ends } of certificates) {
    for (const host of hosts) if (!found.has(host)) found.set(host, Date.parse(ends) / 1000);
  }
  if (found.size <= MOST_HOSTS) return found;
  return new Map([...found].sort(([, a], [, b]) => a - b).slice(0, MOST_HOSTS));
}

/** Each is a line for Prometheus. */
const MOST_HOSTS = 5000;
