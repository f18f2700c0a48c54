import { describe, expect, it } from 'vitest';
import { service } from '../../../test/support/rendering/documents.ts';
import type { ServiceDefinition } from '../../model/service.ts';
import type { Library } from '../templates/library.ts';
import { httpRules, httpsRules, type Rules } from './rules.ts';
import { templates } from '../templates/defaults.ts';

/** Each template is its own name, so that the rules show which templates 1.15 fills for them, in its order. */
const library: Library = {
  head: () => '',
  tcpLines: '',
  fill: (name, { hostname }) => `${name}:${String(hostname)} `,
  notesOn: () => [],
  bindOptions: (text) => ({ text, translations: [] }),
  notes: [],
};

type Traits = 'several' | 'path' | 'redirect' | 'auth' | 'map';

function rulesOf(side: typeof httpRules, traits: readonly Traits[]): string {
  const has = (trait: Traits): boolean => traits.includes(trait);
  const change: Partial<ServiceDefinition> = {
    vhosts: has('several') ? ['a', 'b'] : ['a'],
    ...(has('path') && { path: '/p' }),
    ...(has('auth') && { auth: { realm: 'r', user: 'u', password: 'p' } }),
    redirectToHttps: has('redirect'),
  };
  const rules: Rules | undefined = side(service(1, {}, change), { library, haproxyMap: has('map'), haproxyDir: '/x' });
  return `${rules?.text.trim()}${rules?.once === true ? ' once' : ''}`;
}

const AUTH_AND_PATH = 'HTTPS_FRONTEND_ACL_ONLY_WITH_PATH:a HTTPS_FRONTEND_ACL_WITH_AUTH_AND_PATH:a';
const PATH = 'HTTPS_FRONTEND_ACL_ONLY_WITH_PATH:a HTTPS_FRONTEND_ACL_WITH_PATH:a';
const REDIRECT = 'HTTP_FRONTEND_ACL:a BACKEND_REDIRECT_HTTP_TO_HTTPS:a';
const REDIRECT_PATH = 'HTTP_FRONTEND_ACL_ONLY:a HTTP_FRONTEND_ACL_ONLY_WITH_PATH:a BACKEND_REDIRECT_HTTP_TO_HTTPS_WITH_PATH:a';
const BOTH = 'HTTP_FRONTEND_ACL_ONLY:a HTTP_FRONTEND_ACL_ONLY:b';
const BOTH_TLS = 'HTTPS_FRONTEND_ACL:a HTTPS_FRONTEND_ACL:b';

const ROWS: readonly (readonly [traits: string, http: string, https: string])[] = [
  ['', 'HTTP_FRONTEND_ACL:a', 'HTTPS_FRONTEND_ACL:a'],
  ['map', 'MAP_HTTP_FRONTEND_ACL:a once', 'MAP_HTTPS_FRONTEND_ACL:a once'],
  ['auth', 'HTTP_FRONTEND_ACL_WITH_AUTH:a', 'HTTPS_FRONTEND_ACL_WITH_AUTH:a'],
  ['auth map', 'HTTP_FRONTEND_ACL_WITH_AUTH:a', 'HTTPS_FRONTEND_ACL_WITH_AUTH:a'],
  ['redirect', REDIRECT, 'HTTPS_FRONTEND_ACL:a'],
  ['redirect map', REDIRECT, 'MAP_HTTPS_FRONTEND_ACL:a once'],
  ['redirect auth', REDIRECT, 'HTTPS_FRONTEND_ACL_WITH_AUTH:a'],
  ['path', 'HTTP_FRONTEND_ACL_WITH_PATH:a', PATH],
  ['path map', 'HTTP_FRONTEND_ACL_WITH_PATH:a', PATH],
  ['path auth', 'HTTP_FRONTEND_ACL_WITH_AUTH_AND_PATH:a', AUTH_AND_PATH],
  ['path redirect', REDIRECT_PATH, PATH],
  ['path redirect auth', REDIRECT_PATH, AUTH_AND_PATH],
  ['several', `${BOTH} HTTP_FRONTEND_ROUTING_ONLY:a`, BOTH_TLS],
  ['several map', 'MAP_HTTP_FRONTEND_ACL_ONLY:a once', 'MAP_HTTPS_FRONTEND_ACL:a once'],
  [
    'several auth',
    `${BOTH} HTTP_FRONTEND_ROUTING_ONLY_WITH_AUTH:a`,
    'HTTPS_FRONTEND_ACL_WITH_AUTH:a HTTPS_FRONTEND_ACL_WITH_AUTH:b',
  ],
  ['several redirect', `${BOTH} BACKEND_REDIRECT_HTTP_TO_HTTPS:a`, BOTH_TLS],
  ['several redirect map', `${BOTH} BACKEND_REDIRECT_HTTP_TO_HTTPS:a`, 'MAP_HTTPS_FRONTEND_ACL:a once'],
  [
    'several path',
    `HTTP_FRONTEND_ACL_ONLY_WITH_PATH:a ${BOTH} HTTP_FRONTEND_ROUTING_ONLY_WITH_PATH:a`,
    `${PATH} HTTPS_FRONTEND_ACL_WITH_PATH:b`,
  ],
  [
    'several path auth',
    `HTTP_FRONTEND_ACL_ONLY_WITH_PATH_AND_AUTH:a ${BOTH} HTTP_FRONTEND_ROUTING_ONLY_WITH_PATH_AND_AUTH:a`,
    `${AUTH_AND_PATH} HTTPS_FRONTEND_ACL_WITH_AUTH_AND_PATH:b`,
  ],
  [
    'several path redirect',
    `HTTP_FRONTEND_ACL_ONLY_WITH_PATH:a ${BOTH} BACKEND_REDIRECT_HTTP_TO_HTTPS_WITH_PATH:a`,
    `${PATH} HTTPS_FRONTEND_ACL_WITH_PATH:b`,
  ],
];

describe('the rules of a service with vhosts', () => {
  it.each(ROWS)('%s', (traits, http, https) => {
    const own = traits.split(' ').filter(Boolean) as Traits[];
    expect(rulesOf(httpRules, own)).toBe(http);
    expect(rulesOf(httpsRules, own)).toBe(https);
  });

  it('there are none without a vhost', () => {
    const context = { library, haproxyMap: false, haproxyDir: '/x' };
    expect(httpRules(service(1, {}, { vhosts: [] }), context)).toBeUndefined();
    expect(httpsRules(service(1, {}, { vhosts: [] }), context)).toBeUndefined();
  });

  it('uses every template of the shared frontends but those that 1.15 did not use either', () => {
    const used = new Set(ROWS.flatMap(([, http, https]) => `${http} ${https}`.split(' ').map((each) => each.split(':')[0])));
    const shared = Object.keys(templates).filter((name) =>
      /^(?:MAP_)?HTTPS?_FRONTEND_(?!.*(?:HEAD|APPID))|^BACKEND_REDIRECT/.test(name),
    );
    expect(shared.filter((name) => !used.has(name)).sort()).toEqual([
      'HTTPS_FRONTEND_AUTH_ACL_ONLY',
      'HTTPS_FRONTEND_AUTH_REQUEST_ONLY',
      'HTTPS_FRONTEND_ROUTING_ONLY_WITH_PATH_AND_AUTH',
    ]);
  });
});
