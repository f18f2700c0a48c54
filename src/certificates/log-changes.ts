import type { Logger } from '../log/logger.ts';
import type { CertificateProblem, CertificateTable } from '../model/certificates/certificate.ts';

/** Logs what changed, each once. `isFirst`: nothing was known before, and certificates are not new then. */
export function logChanges(before: CertificateTable, after: CertificateTable, isFirst: boolean, log: Logger): void {
  const known = new Set(before.problems.map(keyOf));
  for (const problem of after.problems) if (!known.has(keyOf(problem))) log.warn(`${problem.origin} ${problem.detail}`);
  const left = new Set(after.problems.map(({ origin }) => origin));
  for (const { origin } of before.problems) if (!left.has(origin)) log.info(`${origin} can be used again`);
  if (isFirst) return;
  const old = new Map(before.certificates.map((each) => [each.path, each]));
  for (const certificate of after.certificates) {
    const was = old.get(certificate.path);
    old.delete(certificate.path);
    if (was?.digest === certificate.digest) continue;
    const { name, hosts, ends, origin } = certificate;
    log.info(
      `certificate ${name} (${hosts.slice(0, 3).join(', ')}) ${was === undefined ? 'is new' : 'is renewed'}, valid until ${ends}: ${origin}`,
    );
  }
  for (const { name, origin } of old.values()) log.info(`certificate ${name} is gone: ${origin}`);
}

/** Returns a text that two problems share only if they are the same. */
export function keyOf({ origin, detail }: CertificateProblem): string {
  return `${origin} ${detail}`;
}
