/** A request needs a signed token. */
import { keyFileName, type JwtKey } from '../../values/auth/jwt.ts';
import { orPreflight } from './protection.ts';
import { type LabelledService, type LabelRow, without } from './row.ts';

export const tokens = [
  {
    name: 'JWT_KEY',
    group: 'protection',
    per: 'service',
    type: 'token key',
    guards: true,
    isSecret: true,
    description:
      'Requests need a JSON Web Token (`Authorization: Bearer …`) that is signed with this key and has not ended (`exp`, which must be there; `nbf` with a minute of grace); others get 401. A public key or a certificate in PEM (RSA, or an elliptic curve), or the secret of HMAC, of 32 characters or more.',
    example: 'a-secret-of-at-least-32-letters-and-digits',
    needs: 'http',
    trait: ({ algorithms }) =>
      `requests need a token, signed by ${algorithms[0]?.startsWith('HS') ? 'a secret' : 'a private key'}`,
    renders: { into: 'backend', stage: 'auth', lines: tokenLines },
  },
  {
    name: 'JWT_ALG',
    group: 'protection',
    per: 'service',
    type: 'token algorithm',
    description:
      'The one algorithm that tokens may be signed by: HS256, RS256, ES256, or these with 384 or 512. It must fit the key.',
    default: 'the first of these that fits the key',
    example: 'HS256',
    lacks: without('JWT_KEY'),
    trait: (name) => `tokens are signed by ${name}`,
    renders: [],
  },
  {
    name: 'JWT_ISSUER',
    group: 'protection',
    per: 'service',
    type: 'token issuer',
    description: 'Who must have issued the token: its claim `iss`.',
    example: 'https://login.example.com/',
    lacks: without('JWT_KEY'),
    trait: (name) => `tokens are of ${name}`,
    renders: [],
  },
  {
    name: 'JWT_AUDIENCE',
    group: 'protection',
    per: 'service',
    type: 'token audience',
    description:
      'Whom the token must be for, separated by commas: one of these must be its claim `aud`, or among the first eight of it if that is a list.',
    example: 'shop,api',
    lacks: without('JWT_KEY'),
    trait: (names) => `tokens are for ${names.replaceAll(',', ' or ')}`,
    renders: [],
  },
] as const satisfies readonly LabelRow[];

/** Labels that say nothing without a key, and would keep away whom they do not name. */
export const CLAIMS = ['JWT_ALG', 'JWT_ISSUER', 'JWT_AUDIENCE'] as const;

const TOKEN = 'var(txn.label_jwt)';

const refuse = (condition: string): string => `http-request deny deny_status 401 hdr WWW-Authenticate Bearer ${condition}`;

function tokenLines(key: JwtKey, { typed, folder = '' }: LabelledService): readonly string[] {
  const algorithm = (typed?.['JWT_ALG'] as string | undefined) ?? key.algorithms[0];
  const issuer = typed?.['JWT_ISSUER'] as string | undefined;
  const audience = typed?.['JWT_AUDIENCE'] as string | undefined;
  const checked = key.isPublic ? `${folder}/${keyFileName(key)}` : key.text;
  const others = orPreflight(typed);
  return [
    'http-request set-var(txn.label_jwt) http_auth_bearer',
    'http-request set-var(txn.label_now) date()',
    // A task may read another one than HAProxy does.
    refuse('if { req.fhdr_cnt(Authorization) gt 1 }'),
    refuse(`unless { ${TOKEN},jwt_header_query($.alg) -m str ${algorithm} }${others}`),
    refuse(`unless { ${TOKEN},jwt_verify(${algorithm},${checked}) -m int 1 }${others}`),
    refuse(`unless { ${TOKEN},jwt_payload_query($.exp,int),sub(txn.label_now) -m int gt 0 }${others}`),
    refuse(`if { ${TOKEN},jwt_payload_query($.nbf,int),sub(txn.label_now) -m int gt 60 }`),
    ...(issuer === undefined ? [] : [refuse(`unless { ${TOKEN},jwt_payload_query($.iss) -m str ${issuer} }${others}`)]),
    ...(audience === undefined ? [] : [...audienceLines(audience), refuse(`unless label_audience${others}`)]),
  ];
}

/** HAProxy 2.6 reads no lists, but members of them. */
function audienceLines(audience: string): readonly string[] {
  const claims = ['$.aud', ...Array.from({ length: 8 }, (_, at) => `$.aud[${at}]`)];
  const names = audience.replaceAll(',', ' ');
  return claims.map((claim) => `acl label_audience ${TOKEN},jwt_payload_query(${claim}) -m str ${names}`);
}
