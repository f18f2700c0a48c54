import { cpuTime } from '../../../test/support/cpu-time.ts';
import { describe, expect, it } from 'vitest';
import { service } from '../../../test/support/rendering/documents.ts';
import { plainRender } from '../../../test/support/rendering/render-settings.ts';
import type { ModelSettings } from '../../config/settings.ts';
import { requestOf } from '../../explain/url/request.ts';
import { routeOf } from '../../explain/url/route.ts';
import { createLibrary } from '../../render/templates/library.ts';
import { render } from '../../render/render.ts';
import { resolveClaims } from '../conflicts/claims.ts';
import { NO_HOLDERS } from '../conflicts/holders.ts';
import type { Service } from '../service.ts';

const NEW = '2026-03-01T00:00:00.000Z';
const OLD = '2026-01-01T00:00:00.000Z';

/** A service of `/app-{id}` for a path of the host `shop`. */
function at(id: number, path: string | undefined, change: Partial<Service> = {}): Service {
  return service(id, {}, { vhosts: ['shop'], since: NEW, weight: path === undefined ? 0 : 1, path, ...change });
}

function resolved(services: readonly Service[], settings: Partial<ModelSettings> = {}) {
  return resolveClaims(services, settings, NO_HOLDERS);
}

/** Apps with the code of their problem. */
function told(services: readonly Service[], settings: Partial<ModelSettings> = {}): readonly string[] {
  return resolved(services, settings).problems.map(({ code, app }) => `${code} ${app}`);
}

/** The app that a request for a path of the host goes to, by the rules of the document. */
function winnerOf(services: readonly Service[], path: string, haproxyMap = false): string | undefined {
  const settings = { ...plainRender, haproxyMap };
  const { document } = render(resolved(services).services, settings, createLibrary(settings));
  const { backend } = routeOf(document, requestOf(`http://shop${path}`)!);
  return services.find((each) => each.backend === backend)?.app;
}

describe('a rule that another one covers', () => {
  it('is a problem of the one that comes later', () => {
    const services = [at(1, '/api', { since: OLD }), at(2, '/api/v2')];
    expect(resolved(services).problems).toEqual([
      {
        code: 'rule-unreachable',
        app: '/app-2',
        service: 'app-2_10002',
        label: 'HAPROXY_0_PATH',
        detail:
          'no request for shop with path /api/v2 reaches service 0: /app-1 gets them, as its rule takes paths that begin with /api, has the same weight 1 and comes first',
        fix: 'set HAPROXY_0_BACKEND_WEIGHT above 1, or HAPROXY_0_PATH to another path',
      },
    ]);
    expect(winnerOf(services, '/api/v2/x')).toBe('/app-1');
    // The fix.
    const mended = [at(1, '/api', { since: OLD }), at(2, '/api/v2', { weight: 2 })];
    expect(told(mended)).toEqual([]);
    expect(winnerOf(mended, '/api/v2/x')).toBe('/app-2');
  });

  it.each<[string, readonly Service[], readonly string[], string, string]>([
    ['by its id', [at(1, '/api'), at(2, '/api/v2')], ['rule-unreachable /app-2'], '/api/v2', '/app-1'],
    ['not if the longer path is older', [at(1, '/api'), at(2, '/api/v2', { since: OLD })], [], '/api/v2', '/app-2'],
    ['not if it is beside', [at(1, '/api'), at(2, '/app')], [], '/app', '/app-2'],
    [
      'by weight',
      [at(1, '/api', { since: OLD, weight: 9 }), at(2, '/api/v2', { weight: 3 })],
      ['rule-unreachable /app-2'],
      '/api/v2',
      '/app-1',
    ],
    [
      'by a host without a path',
      [at(1, undefined, { since: OLD, weight: 9 }), at(2, '/api')],
      ['rule-unreachable /app-2'],
      '/api',
      '/app-1',
    ],
    ['not by a host of the usual weight', [at(1, undefined, { since: OLD }), at(2, '/api')], [], '/api', '/app-2'],
    ['by one of several paths', [at(1, '/x /api'), at(2, '/api/v2')], ['rule-unreachable /app-2'], '/api/v2', '/app-1'],
    ['not in part', [at(1, '/api'), at(2, '/api/v2 /y')], [], '/y', '/app-2'],
    ['whatever the case', [at(1, '-i /API'), at(2, '/api/v2')], ['rule-unreachable /app-2'], '/api/v2', '/app-1'],
    ['not for another case', [at(1, '/api'), at(2, '-i /api/v2')], [], '/API/V2', '/app-2'],
    [
      'once for a younger one that is heavier, as its own problem',
      [at(1, '/api', { weight: 9 }), at(2, '/api/v2', { since: OLD })],
      ['vhost-conflict /app-1'],
      '/api/v2',
      '/app-1',
    ],
    ['once for the same path', [at(1, '/api'), at(2, '/api')], ['vhost-conflict /app-2'], '/api', '/app-1'],
    [
      'within an app',
      [at(1, '/api', { weight: 2 }), at(1, '/api', { index: 1, servicePort: 9, backend: 'b' })],
      ['rule-unreachable /app-1'],
      '/api',
      '/app-1',
    ],
  ])('%s', (_, services, expected, path, winner) => {
    expect(told(services)).toEqual(expected);
    expect(winnerOf(services, path)).toBe(winner);
  });

  it('names the winner of each host, hosts together', () => {
    const hosts = ['a', 'b', 'c', 'd'];
    const services = [at(1, '/', { vhosts: ['a'] }), at(2, '/', { vhosts: ['b', 'c'] }), at(3, '/x', { vhosts: hosts })];
    const details = resolved(services).problems.map(({ detail }) => detail);
    expect(details).toEqual([
      expect.stringMatching(/^no request for a with path \/x reaches service 0: \/app-1 gets/),
      expect.stringMatching(/^no request for b, c with path \/x reaches service 0: \/app-2 gets/),
    ]);
  });

  it('is none if a host alone is looked up in a map, after all rules', () => {
    const services = [at(1, undefined, { since: OLD, weight: 9 }), at(2, '/api')];
    expect(told(services, { rules: 'mapped' })).toEqual([]);
    expect(winnerOf(services, '/api', true)).toBe('/app-2');
    const paths = [at(1, '/api', { since: OLD }), at(2, '/api/v2')];
    expect(told(paths, { rules: 'mapped' })).toEqual(['rule-unreachable /app-2']);
    expect(winnerOf(paths, '/api/v2', true)).toBe('/app-1');
  });

  it('is not reported if templates make the rules', () => {
    const templates = { HTTP_FRONTEND_ACL_WITH_PATH: '  use_backend {backend} if { path_end .php }\n' };
    const services = [at(1, '/api', { since: OLD }), at(2, '/api/v2')];
    expect(told(services, { rules: 'unknown' })).toEqual([]);
    for (const which of [0, 1]) {
      expect(told(services.map((each, place) => (place === which ? { ...each, templates } : each)))).toEqual([]);
    }
  });

  it('is found fast among 10,000 services', () => {
    const services = Array.from({ length: 10_000 }, (_, id) =>
      id < 5000 ? at(id, `/p${id}/x`) : at(id, `/q/${'y/'.repeat(id % 40)}`, { vhosts: [`h${id % 100}`] }),
    );
    expect(cpuTime(() => resolved(services))).toBeLessThan(3000);
  });
});
