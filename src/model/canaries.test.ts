import { expect, it } from 'vitest';
import { service } from '../../test/support/rendering/documents.ts';
import { linkCanaries } from './canaries.ts';
import type { Service } from './service.ts';

const main = (app: string, typed?: Service['typed']): Service => service(1, {}, { app, backend: 'main', typed });
const canary = (app: string, typed: Service['typed']): Service => service(2, {}, { app, backend: 'canary', typed });

function isLinked(one: Service, other: Service, authScope?: 'all'): boolean {
  const { services, problems } = linkCanaries([one, other], authScope);
  expect(problems).toHaveLength(services[0]?.canaries === undefined ? 1 : 0);
  return services[0]?.canaries !== undefined;
}

it.each([
  ['/shop', '/shop-canary', true],
  ['/shop', '/shop/canary', true],
  ['/team/shop', '/team/other', true],
  ['/shop', '/other', false],
  ['/shop', '/shop2', false],
  ['/shop', '/shop-evil/app', false],
  ['/team/shop', '/team/shop-evil/app', false],
  ['/team/shop', '/team/lab/shop', false],
  ['/team/shop', '/team', false],
  ['/prod/a/shop', '/prod/b/shop', false],
])('whether, without its consent, %s may have the canary %s: %s', (one, other, isAllowed) => {
  expect(isLinked(main(one), canary(other, { CANARY_OF: one }))).toBe(isAllowed);
  expect(isLinked(main(one, { CANARIES: `/x,${other}` }), canary(other, { CANARY_OF: one }))).toBe(true);
});

it('what guards the main service has to guard its canary', () => {
  const allow = { ALLOW: { text: '10.0.0.0/8', rules: [{ networks: ['10.0.0.0/8'] }] } };
  expect(isLinked(main('/a', allow), canary('/a-b', { CANARY_OF: '/a' }))).toBe(false);
  expect(isLinked(main('/a', allow), canary('/a-b', { CANARY_OF: '/a', ...structuredClone(allow) }))).toBe(true);
  expect(isLinked(main('/a'), canary('/a-b', { CANARY_OF: '/a', ...allow }))).toBe(true);
  const auth = { auth: { realm: 'r', user: 'u', password: 'p' } };
  const guarded = { ...main('/a'), ...auth };
  expect(isLinked(guarded, canary('/a-b', { CANARY_OF: '/a' }))).toBe(true);
  expect(isLinked({ ...guarded, typed: { CORS_ORIGINS: '*' } }, canary('/a-b', { CANARY_OF: '/a' }))).toBe(false);
  expect(isLinked({ ...guarded, typed: { CORS_ORIGINS: '*' } }, canary('/a-b', { CANARY_OF: '/a', CORS_ORIGINS: '*' }))).toBe(
    true,
  );
  for (const own of [{ hostPatterns: ['*.a.test'] }, { match: { text: 'method GET', rules: [] } }]) {
    expect(isLinked({ ...guarded, ...own }, canary('/a-b', { CANARY_OF: '/a' }))).toBe(false);
    expect(isLinked({ ...guarded, ...own }, { ...canary('/a-b', { CANARY_OF: '/a' }), ...auth })).toBe(true);
  }
  expect(isLinked(guarded, canary('/a-b', { CANARY_OF: '/a' }), 'all')).toBe(false);
  expect(isLinked(guarded, { ...canary('/a-b', { CANARY_OF: '/a' }), ...structuredClone(auth) }, 'all')).toBe(true);
});

it('a canary knows whose requests it gets, and nothing changes if nothing did', () => {
  const services = [main('/a'), canary('/a-b', { CANARY_OF: '/a' }), main('/c')];
  const [first, again] = [linkCanaries(services, undefined).services, linkCanaries(services, undefined).services];
  expect(first[1]?.mainBackend).toBe('main');
  for (const [at, each] of first.entries()) expect(again[at]).toBe(each);
  expect(first[2]).toBe(services[2]);
});

it.each([
  ['JWT_AUDIENCE', { JWT_KEY: { text: 'k', isPublic: false, algorithms: ['HS256'] }, JWT_AUDIENCE: 'shop' }],
  ['AUTH_HEADERS', { AUTH_URL: 'https://auth.test/', AUTH_HEADERS: 'X-User' }],
])('%s belongs to what guards a service', (name, guards: Service['typed']) => {
  const one = main('/a', guards);
  const without = Object.fromEntries(Object.entries(guards ?? {}).filter(([label]) => label !== name));
  expect(isLinked(one, canary('/a-b', { CANARY_OF: '/a', ...without }))).toBe(false);
  expect(isLinked(one, canary('/a-b', { CANARY_OF: '/a', ...guards }))).toBe(true);
});

it('the index of the label is that of the other service, if it names none', () => {
  const second = { ...main('/a'), index: 1 };
  expect(isLinked(second, { ...canary('/a-b', { CANARY_OF: '/a' }), index: 1 })).toBe(true);
  expect(isLinked(second, { ...canary('/a-b', { CANARY_OF: '/a:0' }), index: 1 })).toBe(false);
  expect(isLinked(second, canary('/a-b', { CANARY_OF: '/a:1' }))).toBe(true);
});

it('shares add up to 100 at most', () => {
  const weights = [60, 30, 20, 10];
  const canaries = weights.map((weight, at) =>
    service(at + 2, {}, { app: `/a-${at}`, typed: { CANARY_OF: '/a', CANARY_WEIGHT: weight } }),
  );
  const { services, problems } = linkCanaries([main('/a'), ...canaries], undefined);
  expect(services[0]?.canaries?.map(({ weight, upTo }) => [weight, upTo])).toEqual([
    [60, 60],
    [30, 90],
    [0, 90],
    [10, 100],
  ]);
  expect(problems.map(({ app, label }) => [app, label])).toEqual([['/a-2', 'HAPROXY_0_CANARY_WEIGHT']]);
});

it('the same services give the same objects', () => {
  const services = [main('/a'), canary('/a-b', { CANARY_OF: '/a', CANARY_WEIGHT: 5 })];
  expect(linkCanaries(services, undefined).services[0]).toBe(linkCanaries(services, undefined).services[0]);
  const plain = services.slice(0, 1);
  expect(linkCanaries(plain, undefined).services).toBe(plain);
});
