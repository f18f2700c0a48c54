import 'reflect-metadata';
import { webcrypto } from 'node:crypto';
import * as x509 from '@peculiar/x509';
import { expect, it } from 'vitest';
import { certificateId, momentIn, parseWindow } from './renewal-info.ts';

async function certificate(serialNumber: string, authority?: string): Promise<string> {
  x509.cryptoProvider.set(webcrypto as never);
  const algorithm = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' };
  const keys = await webcrypto.subtle.generateKey(algorithm, true, ['sign', 'verify']);
  const made = await x509.X509CertificateGenerator.createSelfSigned({
    name: 'CN=example',
    serialNumber,
    keys: keys as never,
    signingAlgorithm: algorithm,
    extensions: authority === undefined ? [] : [new x509.AuthorityKeyIdentifierExtension(authority)],
  });
  return made.toString('pem');
}

it('names a certificate by its authority and its number, as RFC 9773 does in its example', async () => {
  const authority = '69885b6b87464041e1b37b847ba0ae2cde01c8d4';
  expect(certificateId(await certificate('0087654321', authority))).toBe('aYhba4dGQEHhs3uEe6CuLN4ByNQ.AIdlQyE');
  expect(certificateId(await certificate('12', authority))).toBe('aYhba4dGQEHhs3uEe6CuLN4ByNQ.Eg');
  expect(certificateId(await certificate('12'))).toBeUndefined();
  expect(certificateId('no certificate')).toBeUndefined();
});

it('reads a window, and nothing else', () => {
  const suggestedWindow = { start: '2026-11-01T00:00:00Z', end: '2026-11-03T00:00:00Z' };
  const [start, end] = [Date.parse(suggestedWindow.start), Date.parse(suggestedWindow.end)];
  expect(parseWindow({ suggestedWindow }, 21_600_000)).toEqual({ start, end, askAgainIn: 21_600_000 });
  expect(parseWindow({ suggestedWindow }, undefined)).toMatchObject({ askAgainIn: 21_600_000 });
  expect(parseWindow({ suggestedWindow }, 1)).toMatchObject({ askAgainIn: 60_000 });
  expect(parseWindow({ suggestedWindow }, 1e12)).toMatchObject({ askAgainIn: 86_400_000 });
  const turned = { start: suggestedWindow.end, end: suggestedWindow.start };
  for (const wrong of [
    undefined,
    null,
    'x',
    {},
    { suggestedWindow: null },
    { suggestedWindow: turned },
    { suggestedWindow: { start: 'soon' } },
  ]) {
    expect(parseWindow(wrong, undefined)).toBeUndefined();
  }
});

it('chooses one moment of the window for each certificate, always the same', () => {
  const window = { start: 1_000_000, end: 2_000_000, askAgainIn: 0 };
  const moments = Array.from({ length: 200 }, (_, at) => momentIn(window, `id${at}`));
  expect(moments).toEqual(Array.from({ length: 200 }, (_, at) => momentIn(window, `id${at}`)));
  expect(Math.min(...moments)).toBeGreaterThanOrEqual(window.start);
  expect(Math.max(...moments)).toBeLessThanOrEqual(window.end);
  expect(new Set(moments).size).toBeGreaterThan(190);
});
