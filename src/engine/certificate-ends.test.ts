import { expect, test } from 'vitest';
import { sampleCertificate } from '../../test/support/certificates/sample.ts';
import { createEndAlarm } from './certificate-ends.ts';

test('a certificate that ends within two weeks is logged once a day, and no more when it is renewed', () => {
  const lines: string[] = [];
  let now = new Date('2026-12-16T00:00:00Z');
  const look = createEndAlarm({ warn: (line) => lines.push(line) }, () => now);
  const shop = sampleCertificate('shop');
  const table = (ends: string) => ({ certificates: [{ ...shop, ends }], problems: [] });
  const end = '2026-12-31T00:00:00.000Z';
  look(table(end));
  expect(lines).toEqual([]);
  now = new Date('2026-12-22T00:00:00Z');
  for (let count = 0; count < 3; count += 1) look(table(end));
  expect(lines).toHaveLength(1);
  expect(lines[0]).toContain('certificate shop (shop.test) ends in 9 days, on ');
  expect(lines[0]).toContain('renew dir:/store/shop.pem');
  now = new Date('2026-12-23T00:00:00Z');
  look(table(end));
  expect(lines).toHaveLength(2);
  now = new Date('2026-12-24T12:00:00Z');
  look(table('2027-03-31T00:00:00.000Z'));
  expect(lines).toHaveLength(2);
});

test('a folder of thousands does not fill the log', () => {
  const lines: string[] = [];
  const look = createEndAlarm({ warn: (line) => lines.push(line) }, () => new Date('2026-12-30T00:00:00Z'));
  const certificates = Array.from({ length: 1000 }, (_, at) => sampleCertificate(`c${at}`));
  look({ certificates, problems: [] });
  expect(lines).toHaveLength(21);
  expect(lines.at(-1)).toBe('980 more certificates end within 14 days (marathon-lb certificates)');
});
