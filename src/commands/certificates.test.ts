import { expect, test } from 'vitest';
import { sampleCertificate } from '../../test/support/certificates/sample.ts';
import { certificatesStatus, endsByHost, endsOf } from '../engine/status/certificates.ts';
import { localTime } from '../lib/text/local-time.ts';
import { formatCertificates } from './certificates.ts';

const shop = { ...sampleCertificate('shop'), hosts: ['shop.test', 'www.shop.test'] };
const blog = { ...sampleCertificate('blog'), ends: '2026-12-01T00:00:00.000Z' };
const other = { ...sampleCertificate('other'), hosts: ['blog.test'] };
const table = {
  certificates: [shop, blog, other],
  problems: [{ origin: 'dir:/store/x.pem', detail: 'holds no private key; it is not served' }],
};

test('the list has the soonest end first, and says what HAProxy serves', () => {
  const known = new Map([
    [shop.path, shop.fingerprint],
    [blog.path, 'ANOTHER'],
  ]);
  const [late, soon] = [localTime(new Date(shop.ends)), localTime(new Date(blog.ends))];
  expect(formatCertificates(certificatesStatus(table, known)).split('\n')).toEqual([
    `HOST                  SOURCE                ISSUER   ${'ENDS'.padEnd(late.length)}  SERVED`,
    `blog.test             dir:/store/blog.pem   Test CA  ${soon}  NO`,
    `shop.test and 1 more  dir:/store/shop.pem   Test CA  ${late}  yes`,
    `blog.test             dir:/store/other.pem  Test CA  ${late}  NO`,
    '',
    'Problems',
    '  dir:/store/x.pem holds no private key; it is not served',
    '',
  ]);
});

test('nothing is said of what HAProxy serves if it does not answer, and nothing of keys', () => {
  const status = certificatesStatus(table, undefined);
  expect(status.certificates.map(({ served }) => served)).toEqual([null, null, null]);
  expect(formatCertificates(status)).toContain('not known');
  expect(JSON.stringify(status)).not.toMatch(/PRIVATE|redacted/);
  expect(formatCertificates({ certificates: [], problems: [] })).toBe('No certificate is known.\n');
});

test('of two certificates for a host the first counts', () => {
  const ends = endsByHost(table.certificates);
  expect([...ends.keys()]).toEqual(['shop.test', 'www.shop.test', 'blog.test']);
  expect(ends.get('blog.test')).toBe(Date.parse(blog.ends) / 1000);
  expect(endsOf(table.certificates).map(({ name }) => name)).toEqual(['blog.test', 'shop.test', 'blog.test']);
});
