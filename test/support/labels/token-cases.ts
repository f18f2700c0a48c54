/** JWT_KEY and its kin. */
import { constants, createHmac, generateKeyPairSync, type KeyObject, sign } from 'node:crypto';
import { expect } from 'vitest';
import type { Ask, Cases } from './case.ts';

const rsa = generateKeyPairSync('rsa', { modulusLength: 2048 });
const curve = generateKeyPairSync('ec', { namedCurve: 'P-256' });
const SECRET = 'a-secret-of-48-characters-0123456789_~+/=abcdefg';
const pemOf = (key: KeyObject): string => key.export({ type: 'spki', format: 'pem' }).toString();

type Claims = Readonly<Record<string, unknown>>;
type Sign = (text: string) => Buffer;

/** Returns a token; `alg`: what its header says. */
function token(alg: string, claims: Claims, signed: Sign): string {
  const text = [{ alg, typ: 'JWT' }, claims].map((part) => Buffer.from(JSON.stringify(part)).toString('base64url')).join('.');
  return `${text}.${signed(text).toString('base64url')}`;
}

const byRsa: Sign = (text) => sign('sha256', Buffer.from(text), rsa.privateKey);
const byCurve: Sign = (text) => sign('sha256', Buffer.from(text), { key: curve.privateKey, dsaEncoding: 'ieee-p1363' });
const bySecret =
  (secret: string, hash = 'sha256'): Sign =>
  (text) =>
    createHmac(hash, secret).update(text).digest();

const now = (): number => Math.floor(Date.now() / 1000);
const claims = (more: Claims = {}): Claims => ({ exp: now() + 600, sub: 'ann', ...more });
const bearer = (text: string): { readonly headers: Record<string, string> } => ({ headers: { authorization: `Bearer ${text}` } });

async function expectRefused(ask: Ask, tokens: Readonly<Record<string, string>>): Promise<void> {
  for (const [why, text] of Object.entries(tokens)) {
    const { status, app, headers } = await ask('/', bearer(text));
    expect({ why, status, app, asks: headers['www-authenticate'] }).toEqual({ why, status: 401, app: undefined, asks: 'Bearer' });
  }
}

export const tokenCases: Cases = {
  'jwt-secret': {
    labels: { JWT_KEY: SECRET },
    async check(ask, { id, port }) {
      const good = token('HS256', claims(), bySecret(SECRET));
      expect(await ask('/', bearer(good))).toMatchObject({ status: 200, app: id });
      expect(await ask('/', { ...bearer(good), port })).toMatchObject({ status: 200, app: id });
      expect(await ask('/', { ...bearer(token('HS256', claims({ nbf: now() - 5 }), bySecret(SECRET))) })).toMatchObject({
        status: 200,
      });
      expect(await ask()).toMatchObject({ status: 401, app: undefined });
      expect(await ask('/', { port })).toMatchObject({ status: 401, app: undefined });
      await expectRefused(ask, {
        'no token': 'x',
        'another secret': token('HS256', claims(), bySecret(`${SECRET.slice(0, -1)}x`)),
        'an empty secret': token('HS256', claims(), bySecret('')),
        'not signed': token('none', claims(), () => Buffer.alloc(0)),
        'signature cut off': good.replace(/\.[^.]*$/, '.'),
        'other content': good.replace(
          /\.[^.]*\./,
          `.${Buffer.from(JSON.stringify(claims({ sub: 'eve' }))).toString('base64url')}.`,
        ),
        'another algorithm': token('HS384', claims(), bySecret(SECRET, 'sha384')),
        'another algorithm in its header': token('HS384', claims(), bySecret(SECRET)),
        'has ended': token('HS256', claims({ exp: now() - 1 }), bySecret(SECRET)),
        'never ends': token('HS256', { sub: 'ann' }, bySecret(SECRET)),
        'begins later': token('HS256', claims({ nbf: now() + 300 }), bySecret(SECRET)),
      });
    },
  },
  'jwt-key': {
    labels: { JWT_KEY: pemOf(rsa.publicKey), JWT_ALG: 'RS256', JWT_ISSUER: 'https://login.test/', JWT_AUDIENCE: 'shop,api' },
    async check(ask, { id }) {
      const of = (more: Claims): string => token('RS256', claims({ iss: 'https://login.test/', aud: 'api', ...more }), byRsa);
      for (const aud of ['shop', 'api', ['x', 'api'], [1, 2, 3, 4, 5, 6, 7, 'shop']]) {
        expect(await ask('/', bearer(of({ aud })))).toMatchObject({ status: 200, app: id });
      }
      const pem = pemOf(rsa.publicKey);
      await expectRefused(ask, {
        'another issuer': of({ iss: 'https://login.test' }),
        'no issuer': of({ iss: undefined }),
        'another audience': of({ aud: 'other' }),
        'other audiences': of({ aud: ['other', 'x"shop"'] }),
        'no audience': of({ aud: undefined }),
        'the public key as a secret': token('HS256', claims({ iss: 'https://login.test/', aud: 'api' }), bySecret(pem)),
        'the same with this algorithm in its header': token(
          'RS256',
          claims({ iss: 'https://login.test/', aud: 'api' }),
          bySecret(pem),
        ),
        'a longer hash': token('RS512', claims({ iss: 'https://login.test/', aud: 'api' }), (text) =>
          sign('sha512', Buffer.from(text), rsa.privateKey),
        ),
        'another padding': token('RS256', claims({ iss: 'https://login.test/', aud: 'api' }), (text) =>
          sign('sha256', Buffer.from(text), { key: rsa.privateKey, padding: constants.RSA_PKCS1_PSS_PADDING }),
        ),
      });
    },
  },
  'jwt-curve': {
    labels: { JWT_KEY: pemOf(curve.publicKey).replaceAll('\n', ' '), CORS_ORIGINS: '*' },
    async check(ask, { id }) {
      const good = token('ES256', claims(), byCurve);
      expect(await ask('/', bearer(good))).toMatchObject({ status: 200, app: id });
      await expectRefused(ask, {
        'another key': token('ES256', claims(), byRsa),
        'has ended': token('ES256', claims({ exp: 1 }), byCurve),
      });
      const preflight = { 'access-control-request-method': 'PUT' };
      expect(await ask('/', { method: 'OPTIONS', headers: preflight })).toMatchObject({ status: 204, app: undefined });
      expect(await ask('/', { method: 'OPTIONS' })).toMatchObject({ status: 401, app: undefined });
    },
  },
};
