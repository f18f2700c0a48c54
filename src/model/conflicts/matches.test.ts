/** Who gets the requests of a host that several services ask for by MATCH. */
import { hash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { service } from '../../../test/support/rendering/documents.ts';
import type { ModelSettings } from '../../config/settings.ts';
import type { Service } from '../service.ts';
import { parseRequestConditions } from '../values/rules/request-matches.ts';
import { resolveClaims } from './claims.ts';
import { byWeight, inRuleOrder } from './rule-order.ts';

const OLD = '2026-01-01T00:00:00.000Z';
const NEW = '2026-03-01T00:00:00.000Z';

function claim(app: string, match: string | undefined, change: Partial<Service> = {}): Service {
  const parsed = match === undefined ? undefined : parseRequestConditions(match);
  const own = parsed !== undefined && 'value' in parsed ? { match: parsed.value } : {};
  const servicePort = 10_000 + (Number.parseInt(hash('sha1', app).slice(0, 4), 16) % 50_000);
  return service(1, {}, { app, servicePort, backend: `${app}_1`, vhosts: ['shop'], since: NEW, ...own, ...change });
}

function order(services: readonly Service[]): readonly string[] {
  const items = resolveClaims(services, {}).services.map((each) => ({ service: each }));
  return byWeight(inRuleOrder(items), (item) => item.service.weight).map((item) => item.service.app);
}

function lost(
  services: readonly Service[],
  settings: Pick<ModelSettings, 'labelPolicy'> = { labelPolicy: 'safe' },
): readonly string[] {
  return resolveClaims(services, settings)
    .services.filter(({ vhosts }) => vhosts.length === 0)
    .map(({ app }) => app);
}

describe('the first rule', () => {
  it('is that of more rules in MATCH, then of fewer, then without', () => {
    const services = [claim('/a', undefined), claim('/b', 'method GET'), claim('/c', 'header A; cookie b')];
    expect(order(services)).toEqual(['/c', '/b', '/a']);
    expect(resolveClaims(services, {}).problems).toEqual([]);
  });

  it('is that of the narrower path, whatever MATCH says', () => {
    const api = claim('/a', undefined, { path: '/api', weight: 1 });
    expect(order([claim('/b', 'method GET'), api])).toEqual(['/a', '/b']);
    expect(order([api, claim('/b', 'method GET', { path: '/api', weight: 1 })])).toEqual(['/b', '/a']);
  });

  it('is that of the older right, of as many rules', () => {
    expect(order([claim('/a', 'method GET'), claim('/b', 'header A', { since: OLD })])).toEqual(['/b', '/a']);
    expect(order([claim('/a', 'method GET', { since: OLD }), claim('/b', 'header A')])).toEqual(['/a', '/b']);
  });
});

describe('of two with rules of the same effect', () => {
  it('the younger one gets nothing, and is reported', () => {
    const services = [claim('/a', 'header A 1; method GET,PUT'), claim('/b', 'method PUT,GET; header a 1', { since: OLD })];
    expect(order(services)).toEqual(['/b', '/a']);
    expect(resolveClaims(services, {}).problems).toMatchObject([{ code: 'vhost-conflict', app: '/a' }]);
  });

  it('a heavier rule without MATCH takes all, and is reported', () => {
    const services = [claim('/a', 'method GET', { since: OLD }), claim('/b', undefined, { weight: 2 })];
    expect(resolveClaims(services, {}).problems).toMatchObject([{ code: 'vhost-conflict', app: '/b' }]);
  });
});

describe('with --label-policy safe', () => {
  const whole = claim('/a/whole', undefined, { since: OLD });

  it('nobody takes a part of the requests of another team', () => {
    expect(lost([whole, claim('/b/thief', 'method GET')])).toEqual(['/b/thief']);
    expect(lost([whole, claim('/b/thief', 'method GET')], { labelPolicy: 'full' })).toEqual([]);
    expect(lost([claim('/a/beta', 'header A', { since: OLD }), claim('/b/thief', 'header A; method GET')])).toEqual(['/b/thief']);
  });

  it('what is of the same team, older, or takes nothing of it, stays', () => {
    expect(lost([whole, claim('/a/beta', 'method GET')])).toEqual([]);
    expect(lost([claim('/a/whole', undefined), claim('/b/beta', 'method GET', { since: OLD })])).toEqual([]);
    const api = claim('/a/api', undefined, { since: OLD, path: '/api', weight: 1 });
    expect(lost([api, claim('/b/beta', 'method GET')])).toEqual([]);
    expect(lost([claim('/a/beta', 'method GET', { since: OLD }), claim('/b/other', 'method PUT; cookie a')])).toEqual([]);
  });

  it('MATCH costs no path that is served without it', () => {
    const path = { path: '/api', weight: 1 };
    expect(lost([whole, claim('/b/api', undefined, path)])).toEqual([]);
    expect(lost([whole, claim('/b/api', 'method GET', path)])).toEqual([]);
    expect(lost([{ ...whole, ...path }, claim('/b/api', 'method GET', path)])).toEqual(['/b/api']);
  });

  it('a password is no conflict with requests that MATCH leads elsewhere', () => {
    const auth = { realm: 'r', user: 'u', password: 'p' };
    expect(lost([claim('/a/beta', 'method GET', { since: OLD }), claim('/b/whole', undefined, { auth })])).toEqual([]);
  });
});
