import { describe, expect, test } from 'vitest';
import { service } from '../../../test/support/rendering/documents.ts';
import { plainRender } from '../../../test/support/rendering/render-settings.ts';
import type { RenderSettings } from '../../config/settings.ts';
import type { Service } from '../../model/service.ts';
import { parseRequestConditions } from '../../model/values/rules/request-matches.ts';
import { createLibrary } from '../../render/templates/library.ts';
import { render } from '../../render/render.ts';
import { requestOf } from './request.ts';
import { routeOf } from './route.ts';

function route(url: string, services: readonly Service[], change: Partial<RenderSettings> = {}) {
  const all = { ...plainRender, ...change };
  return routeOf(render(services, all, createLibrary(all)).document, requestOf(url)!);
}

const shop = service(1, {}, { vhosts: ['shop.test', 'www.shop.test'] });
const api = service(2, {}, { vhosts: ['shop.test'], path: '/api', weight: 1 });
const auth = service(3, {}, { vhosts: ['safe.test'], auth: { realm: 'r', user: 'u', password: 'p' } });
const redirect = service(4, {}, { vhosts: ['tls.test'], redirectToHttps: true });
const all = [shop, api, auth, redirect];
const losersOf = ({ losers }: ReturnType<typeof route>) => losers.map(({ rule, why }) => [rule.owner?.app, why]);

function match(text: string): Pick<Service, 'match'> {
  const parsed = parseRequestConditions(text);
  return 'value' in parsed ? { match: parsed.value } : {};
}

describe('routeOf', () => {
  test.each([
    ['http://shop.test/', 'app-1_10001'],
    ['http://WWW.shop.test/x', 'app-1_10001'],
    ['shop.test/api/v1', 'app-2_10002'],
    ['https://shop.test/apis', 'app-2_10002'],
    ['https://www.shop.test/api', 'app-1_10001'],
    ['http://safe.test/', 'app-3_10003'],
    ['https://tls.test/', 'app-4_10004'],
    ['http://10.0.0.1:10003/', 'app-3_10003'],
    ['http://tls.test/', undefined],
    ['http://other.test/', undefined],
    ['http://shop.test:81/', undefined],
    ['https://shop.test:80/', undefined],
  ])('%s goes to %s', (url, backend) => {
    expect(route(url, all).backend).toBe(backend);
  });

  test.each([
    ['http://shop.test/api', 'app-2_10002'],
    ['http://shop.test/', 'app-1_10001'],
    ['https://www.shop.test/', 'app-1_10001'],
    ['https://tls.test/', 'app-4_10004'],
    ['http://other.test/', undefined],
  ])('with maps %s goes to %s', (url, backend) => {
    expect(route(url, all, { haproxyMap: true }).backend).toBe(backend);
  });

  test('with a frontend for each vhost it goes on there', () => {
    const { backend, steps } = route('https://shop.test/api', all, { groupHttpsByVhost: true });
    expect(backend).toBe('app-2_10002');
    expect(steps.at(-1)).toBe('by the name in the TLS hello to frontend shop_test');
  });

  test('says which rules lose, and why', () => {
    expect(losersOf(route('http://shop.test/api', all))).toEqual([['/app-1', { kind: 'later' }]]);
    expect(losersOf(route('http://shop.test/', all))).toEqual([['/app-2', { kind: 'term', term: 'path_beg /api' }]]);
  });

  test('a port in the Host header matters, unless maps cut it off', () => {
    const onOther = { defaults: { ...plainRender.defaults, httpPort: 8080 } };
    const { backend, losers } = route('http://shop.test:8080/', [shop], onOther);
    expect([backend, losers.map(({ why }) => why.kind)]).toEqual([undefined, ['port-in-host']]);
    expect(route('http://shop.test:8080/', [shop], { ...onOther, haproxyMap: true }).backend).toBe('app-1_10001');
  });

  test('tells passwords, redirects and ports that are none of the services', () => {
    expect(route('http://safe.test/', all).steps).toContain(
      'user and password are asked for (401); after that it goes on (/app-3)',
    );
    expect(route('http://tls.test/a?b', all).steps).toContain(
      'it is answered with a redirect (301) to https://tls.test/a?b (/app-4)',
    );
    expect(route('http://x:9090/', all).steps).toContain('that is no service but a part of the HEAD template');
    expect(route('http://x:81/', all).steps).toEqual(['nothing listens on port 81: the connection is refused']);
    expect(route('https://x:80/', all).steps.at(-1)).toMatch(/take http:/);
    expect(route('http://x:443/', all).steps.at(-1)).toMatch(/take https:/);
    expect(route('http://x/', all).steps.at(-1)).toBe('no rule holds: HAProxy answers 503');
  });

  test('tells rules with MATCH, and whose password is asked for', () => {
    const guarded = service(5, {}, { vhosts: ['match.test'], auth: { realm: 'r', user: 'u', password: 'p' } });
    const debug = service(6, {}, { vhosts: ['match.test'], ...match('method GET; query debug') });
    const beta = service(7, {}, { vhosts: ['match.test'], ...match('header X-Beta 1; cookie b; query a') });
    const told = (url: string) => {
      const { backend, steps } = route(url, [guarded, debug, beta]);
      return [backend, steps.some((step) => step.includes('401'))];
    };
    expect(told('https://match.test/?a=b&debug')).toEqual(['app-6_10006', false]);
    expect(told('https://match.test/?debugs=1')).toEqual(['app-5_10005', true]);
    expect(losersOf(route('https://match.test/?a=1', [guarded, beta]))).toEqual([
      ['/app-7', { kind: 'term', term: 'req.hdr(X-Beta) 1' }],
    ]);
  });

  test('goes through the frontend that passes TLS connections on', () => {
    const passed = service(8, {}, { vhosts: ['own.test'], mode: 'tcp', tlsPassthrough: true });
    const own = route('https://own.test/x', [shop, passed]);
    expect([own.backend, own.steps]).toEqual(['app-8_10008', ['marathon_tls_in listens on port 443']]);
    const other = route('https://shop.test/', [shop, passed]);
    expect(other.backend).toBe('app-1_10001');
    expect(other.steps).toContain('by the name in the TLS hello to frontend marathon_https_in');
    expect(route('http://own.test/', [shop, passed]).backend).toBeUndefined();
  });

  test('what it does not understand it does not judge', () => {
    const odd = service(5, {
      HTTP_FRONTEND_ACL: '  acl odd src 10.0.0.0/8\n  use_backend {backend} if odd\n',
    });
    const { losers, backend } = route('http://app-5.example.com/', [odd]);
    expect([backend, losers.map(({ why }) => why.kind)]).toEqual([undefined, ['unknown']]);
  });
});

test.each(['ftp://x', 'http://', 'x y'])('%j is no request', (text) => {
  expect(requestOf(text)).toBeUndefined();
});
