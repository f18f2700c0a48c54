import { Secret } from '../../../src/lib/secret.ts';
import type { Certificate } from '../../../src/model/certificates/certificate.ts';

/** Returns a certificate as a table has it; `digest` says which version it is. The text is of no use to HAProxy. */
export function sampleCertificate(name: string, digest = '1'): Certificate {
  return {
    name,
    origin: `dir:/store/${name}.pem`,
    path: `/state/${name}.pem`,
    pem: new Secret(`PRIVATE ${name}`),
    digest,
    hosts: [`${name}.test`],
    issuer: 'Test CA',
    starts: '2026-01-01T00:00:00.000Z',
    ends: '2026-12-31T00:00:00.000Z',
    fingerprint: `${name}${digest}`,
  };
}
