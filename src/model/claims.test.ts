import { describe, expect, it } from 'vitest';
import { service } from '../../test/support/documents.ts';
import { settleClaims } from './claims.ts';
import { inRuleOrder } from './rule-order.ts';
import type { Service } from './service.ts';

const NEW = '2026-03-01T00:00:00.000Z';
const OLD = '2026-01-01T00:00:00.000Z';

/** A service of `/app-{id}` on port 12000, of mode tcp and without hosts. */
function onPort(id: number, change: Partial<Service> = {}): Service {
  return service(id, {}, { servicePort: 12_000, backend: `app-${id}_12000`, mode: 'tcp', vhosts: [], since: NEW, ...change });
}

function losers(services: readonly Service[], frontends?: Parameters<typeof settleClaims>[1]): readonly string[] {
  return settleClaims(services, frontends)
    .services.filter(({ lostPort }) => lostPort)
    .map(({ app }) => app);
}

/** A service of `/app-{id}` that claims the host `shop`. */
function claim(id: number, change: Partial<Service> = {}): Service {
  return service(id, {}, { vhosts: ['shop'], since: NEW, ...change });
}

/** Apps in the order of their rules. */
function order(services: readonly Service[]): readonly string[] {
  const settled = settleClaims(services, undefined).services;
  return inRuleOrder(settled.map((each) => ({ service: each }))).map((each) => each.service.app);
}

it('a host that a label names twice is no conflict', () => {
  expect(settleClaims([claim(1, { vhosts: ['shop', 'shop'] }), claim(2, { vhosts: ['other'] })], undefined).problems).toEqual([]);
});

describe('ports', () => {
  it.each<Partial<Service>>([
    { bindAddr: '*:80,*' },
    { bindAddr: '10.0.0.9:80' },
    { templates: { FRONTEND_HEAD: 'frontend {backend}\n  bind {bindAddr}:{servicePort}\n  bind *:80,[::]:81 ssl\n' } },
    { templates: { FRONTEND_HEAD: 'frontend {backend}\n  bind *:80\n' } },
  ])('of addresses and templates count: %o', (change) => {
    const reserved = [{ address: '*', port: 80, option: '--http-port' }];
    expect(losers([onPort(1, change)], { reserved, own: true })).toEqual(['/app-1']);
    expect(losers([onPort(1, { ...change, servicePort: 12_001 }), onPort(2)], { reserved: [], own: true })).toEqual([]);
    const other = onPort(2, { servicePort: 80, since: OLD });
    expect(settleClaims([onPort(1, change), other], undefined).problems).toMatchObject([
      {
        app: '/app-1',
        detail: expect.stringContaining('port 80 of service 0 is taken by /app-2'),
        fix: expect.stringMatching(/take the port out of HAPROXY_0_(BIND_ADDR|FRONTEND_HEAD)/),
      },
    ]);
  });

  it('stay with the older app, whatever the order', () => {
    const apps = [onPort(1), onPort(2, { since: OLD }), onPort(3)];
    for (const order of [apps, apps.toReversed()]) expect(new Set(losers(order))).toEqual(new Set(['/app-1', '/app-3']));
  });

  it('are shared where the ages are equal, as with 1.15, and that is told', () => {
    expect(losers([onPort(1), onPort(2)])).toEqual([]);
    expect(settleClaims([onPort(1), onPort(2), onPort(3, { since: OLD })], undefined)).toMatchObject({
      services: [{ lostPort: true }, { lostPort: true }, { app: '/app-3' }],
    });
    expect(settleClaims([onPort(1), onPort(2), onPort(3)], undefined).problems).toMatchObject([
      { app: '/app-1', detail: expect.stringContaining('is bound by /app-2 too') },
      { app: '/app-2', detail: expect.stringContaining('is bound by /app-1 too') },
      { app: '/app-3', detail: expect.stringContaining('is bound by /app-1 too') },
    ]);
  });

  it.each<[Partial<Service>, Partial<Service>, boolean]>([
    [{ bindAddr: '10.0.0.1' }, { bindAddr: '10.0.0.2' }, false],
    [{ bindAddr: '10.0.0.1' }, { bindAddr: '10.0.0.1' }, true],
    [{ bindAddr: '10.0.0.1' }, { bindAddr: '*' }, true],
    [{ bindAddr: '10.0.0.1' }, { bindAddr: '0.0.0.0' }, true],
    [{ bindAddr: '[::1]' }, { bindAddr: '::1' }, true],
    [{ bindAddr: '10.0.0.1,10.0.0.2' }, { bindAddr: '10.0.0.2' }, true],
    [{ bindOptions: 'interface eth0' }, { bindOptions: 'interface eth1' }, false],
    [{ bindOptions: 'interface eth0' }, {}, true],
    [{ templates: { FRONTEND_HEAD: 'frontend {backend}\n' } }, {}, false],
    [{ templates: { FRONTEND_HEAD: 'frontend {backend}\n  bind 10.0.0.1:{servicePort}\n' } }, {}, true],
  ])('are claimed twice by %o and %o: %s', (one, other, conflict) => {
    expect(losers([onPort(1, { ...one, since: OLD }), onPort(2, other)])).toEqual(conflict ? ['/app-2'] : []);
  });

  it('that the program binds are taken', () => {
    const reserved = [{ address: '*', port: 12_000, option: '--stats-port' }];
    const { services, problems } = settleClaims([onPort(1)], { reserved, own: true });
    expect(services).toMatchObject([{ lostPort: true }]);
    expect(problems).toEqual([
      {
        code: 'port-conflict',
        app: '/app-1',
        service: 'app-1_12000',
        label: 'HAPROXY_0_PORT',
        detail: 'port 12000 of service 0 is taken by the load balancer itself (--stats-port); it cannot be reached',
        fix: 'set HAPROXY_0_PORT to a free port',
      },
    ]);
    const elsewhere = [{ address: '10.0.0.1', port: 12_000, option: '--stats-port' }];
    expect(losers([onPort(1, { bindAddr: '10.0.0.2' })], { reserved: elsewhere, own: true })).toEqual([]);
  });

  it('are nobody’s where the operator’s FRONTEND_HEAD binds none', () => {
    expect(losers([onPort(1), onPort(2)], { reserved: [], own: false })).toEqual([]);
  });

  it('lost leave the ways that are left', () => {
    const { problems } = settleClaims([onPort(1, { since: OLD }), onPort(2, { mode: 'http', vhosts: ['x'] })], undefined);
    expect(problems).toMatchObject([{ detail: expect.stringContaining('it is reached by its hosts and its app id only') }]);
  });
});

describe('hosts', () => {
  it('lead to the older app; all others keep their places', () => {
    const services = [claim(1), service(2), claim(3, { since: OLD }), service(4), claim(5)];
    expect(order(services)).toEqual(['/app-3', '/app-2', '/app-1', '/app-4', '/app-5']);
    const { problems } = settleClaims(services, undefined);
    expect(problems.map(({ code, app }) => [code, app])).toEqual([
      ['vhost-conflict', '/app-1'],
      ['vhost-conflict', '/app-5'],
    ]);
  });

  it('of equal age are rendered as before, and told', () => {
    const services = [claim(1), claim(2)];
    const settled = settleClaims(services, undefined);
    expect(settled.services).toEqual(services);
    expect(settled.problems).toMatchObject([{ app: '/app-2', label: 'HAPROXY_0_VHOST' }]);
  });

  it.each<[Partial<Service>, boolean]>([
    [{ path: '/x' }, false],
    [{ weight: 5 }, false],
    [{ vhosts: ['other', 'shop'] }, true],
    [{ vhosts: ['other'] }, false],
  ])('are not claimed twice unless path and weight are the same: %o', (change, conflict) => {
    expect(settleClaims([claim(1), claim(2, change)], undefined).problems).toHaveLength(conflict ? 1 : 0);
  });
});

it('one id of an app and a deployment group: the older definition counts', () => {
  const group = service(1, {}, { since: OLD, backend: 'app-1_9', servicePort: 9 });
  const { services, problems } = settleClaims([group, service(1, {}, { since: NEW })], undefined);
  expect(services).toEqual([group]);
  expect(problems).toMatchObject([{ code: 'id-conflict', service: 'app-1_10001' }]);
});

it('gives the same objects for the same services', () => {
  const services = [
    onPort(1, { since: OLD }),
    onPort(2),
    service(3, {}, { vhosts: ['shop'], since: NEW }),
    service(4, {}, { vhosts: ['shop'], since: OLD }),
  ];
  const [first, again] = [settleClaims(services, undefined), settleClaims(services, undefined)];
  expect(first.services[0]).toBe(services[0]);
  expect(first.services.map((each, at) => each === again.services[at])).toEqual([true, true, true, true]);
  expect(first.services[1]).not.toBe(services[1]);
});
