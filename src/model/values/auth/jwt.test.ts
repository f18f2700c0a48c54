import { generateKeyPairSync } from 'node:crypto';
import { expect, test } from 'vitest';
import { keyFileName, parseJwtAlgorithm, parseJwtAudience, parseJwtIssuer, parseJwtKey } from './jwt.ts';

const curve = generateKeyPairSync('ec', {
  namedCurve: 'P-384',
  publicKeyEncoding: { type: 'spki', format: 'pem' },
  privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
});

test('a public key is read however its lines are broken, and always becomes the same file', () => {
  const pem = curve.publicKey;
  const key = { text: pem.trim(), isPublic: true, algorithms: ['ES384'] };
  for (const text of [pem, pem.replaceAll('\n', ' '), pem.replaceAll('\n', '\r\n'), `\n  ${pem}\n`]) {
    expect(parseJwtKey(text)).toEqual({ value: key });
  }
  expect(keyFileName(key)).toMatch(/^marathon-lb-jwt-[0-9a-f]{16}\.pem$/);
  expect(keyFileName(key)).not.toBe(keyFileName({ text: `${key.text} ` }));
});

const algorithms = (length: number): unknown => {
  const parsed = parseJwtKey('x'.repeat(length));
  return 'value' in parsed ? parsed.value.algorithms : undefined;
};

test('a secret takes the algorithms that it is long enough for', () => {
  expect([31, 32, 48, 64].map(algorithms)).toEqual([undefined, ['HS256'], ['HS256', 'HS384'], ['HS256', 'HS384', 'HS512']]);
});

test('what is neither of both is no key, and a private one is not told on', () => {
  const pem = curve.publicKey;
  for (const text of [
    '',
    'x y'.repeat(20),
    `txn.${'x'.repeat(40)}`,
    `${'x'.repeat(40)},`,
    pem + pem,
    pem.replace('END', 'END '),
    pem.slice(0, 80),
  ]) {
    expect(parseJwtKey(text)).toHaveProperty('must');
  }
  expect(parseJwtKey(curve.privateKey)).toMatchObject({ must: expect.stringMatching(/public key, not the private one/) });
  const other = generateKeyPairSync('ed25519').publicKey.export({ type: 'spki', format: 'pem' }).toString();
  expect(parseJwtKey(other)).toMatchObject({ must: expect.stringMatching(/RSA with 2048/) });
});

test('algorithms, issuers and audiences are plain words', () => {
  expect(parseJwtAlgorithm(' rs256 ')).toEqual({ value: 'RS256' });
  for (const text of ['none', 'PS256', 'HS', 'RS256,HS256']) expect(parseJwtAlgorithm(text)).toHaveProperty('must');
  expect(parseJwtIssuer('https://login.test/realms/a')).toEqual({ value: 'https://login.test/realms/a' });
  expect(parseJwtAudience('shop, api')).toEqual({ value: 'shop,api' });
  for (const text of ['a"b', "a'b", 'a{b', 'a$b', 'a#b', 'a%b', '\\']) {
    expect([parseJwtIssuer(text), parseJwtAudience(text)]).toEqual([{ must: expect.any(String) }, { must: expect.any(String) }]);
  }
});
