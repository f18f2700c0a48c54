import { describe, expect, it } from 'vitest';
import { cpuTime } from '../../../test/support/cpu-time.ts';
import type { ModelSettings } from '../../config/settings.ts';
import { service } from '../../../test/support/rendering/documents.ts';
import { resolveClaims } from './claims.ts';
import { type Holders, nextHolders, NO_HOLDERS } from './holders.ts';
import { inRuleOrder } from './rule-order.ts';
import type { Service } from '../service.ts';

const NEW = '2026-03-01T00:00:00.000Z';
const OLD = '2026-01-01T00:00:00.000Z';

/** A service of `/app-{id}` on port 12000, of mode tcp and without hosts. */
function onPort(id: number, change: Partial<Service> = {}): Service {
  return service(id, {}, { servicePort: 12_000, backend: `app-${id}_12000`, mode: 'tcp', vhosts: [], since: NEW, ...change });
}

function losers(services: readonly Service[], frontends?: ModelSettings['frontends']): readonly string[] {
  return resolveClaims(services, { frontends })
    .services.filter(({ lostPort }) => lostPort)
    .map(({ app }) => app);
}

/** A service of `/app-{id}` that claims the host `shop`. */
function claim(id: number, change: Partial<Service> = {}): Service {
  return service(id, {}, { vhosts: ['shop'], since: NEW, ...change });
}

/** Apps in the order of their rules. */
function order(services: readonly Service[]): readonly string[] {
  const resolved = resolveClaims(services, {}).services;
  return inRuleOrder(resolved.map((each) => ({ service: each }))).map((each) => each.service.app);
}

it('a host that a label names twice is no conflict', () => {
  expect(resolveClaims([claim(1, { vhosts: ['shop', 'shop'] }), claim(2, { vhosts: ['other'] })], {}).problems).toEqual([]);
});

describe('ports', () => {
  it.each<Partial<Service>>([
    { bindAddr: '*:80,*' },
    { bindAddr: '*:80 name x' },
    { bindAddr: '*:80\tname x' },
    { bindAddr: '*:79-81,*' },
    { bindAddr: '*:80-80,*' },
    { bindAddr: '"*:80",*' },
    { bindAddr: '*:8"0",*' },
    { bindAddr: String.raw`*:8\x30,*` },
    { bindAddr: '"*:${X-80}",*' },
    { templates: { FRONTEND_BACKEND_GLUE: '  use_backend {backend}\n  bind *:80\n' } },
    { templates: { FRONTEND_HEAD: 'frontend {backend}\n  b"in"d *:{servicePort},*:80\n' } },
    { templates: { FRONTEND_HEAD: 'frontend {backend}\n  bind {bindAddr}:{servicePort}\n  bind *:80,[::]:81 ssl\n' } },
    { templates: { FRONTEND_HEAD: 'frontend {backend}\n  bind *:80\n' } },
  ])('of addresses and templates count: %o', (change) => {
    const reserved = [{ address: '*', port: 80, option: '--http-port' }];
    expect(losers([onPort(1, change)], { reserved, own: true })).toEqual(['/app-1']);
    expect(losers([onPort(1, { ...change, servicePort: 12_001 }), onPort(2)], { reserved: [], own: true })).toEqual([]);
    const other = onPort(2, { servicePort: 80, since: OLD });
    expect(resolveClaims([onPort(1, change), other], {}).problems).toMatchObject([
      {
        app: '/app-1',
        detail: expect.stringContaining('port 80 of service 0 is taken by /app-2'),
        fix: expect.stringMatching(/take the port out of HAPROXY_0_(BIND_ADDR|FRONTEND_HEAD|FRONTEND_BACKEND_GLUE)/),
      },
    ]);
  });

  it('stay with the older app, whatever the order', () => {
    const apps = [onPort(1), onPort(2, { since: OLD }), onPort(3)];
    for (const order of [apps, apps.toReversed()]) expect(new Set(losers(order))).toEqual(new Set(['/app-1', '/app-3']));
  });

  it('are shared where the ages are equal, as with 1.15, and that is told', () => {
    expect(losers([onPort(1), onPort(2)])).toEqual([]);
    expect(resolveClaims([onPort(1), onPort(2), onPort(3, { since: OLD })], {})).toMatchObject({
      services: [{ lostPort: true }, { lostPort: true }, { app: '/app-3' }],
    });
    expect(resolveClaims([onPort(1), onPort(2), onPort(3)], {}).problems).toMatchObject([
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
    const { services, problems } = resolveClaims([onPort(1)], { frontends: { reserved, own: true } });
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
    const { problems } = resolveClaims([onPort(1, { since: OLD }), onPort(2, { mode: 'http', vhosts: ['x'] })], {});
    expect(problems).toMatchObject([{ detail: expect.stringContaining('it is reached by its hosts and its app id only') }]);
  });
});

describe('hosts', () => {
  it('lead to the older app; all others keep their places', () => {
    const services = [claim(1), service(2), claim(3, { since: OLD }), service(4), claim(5)];
    expect(order(services)).toEqual(['/app-3', '/app-2', '/app-1', '/app-4', '/app-5']);
    const { problems } = resolveClaims(services, {});
    expect(problems.map(({ code, app }) => [code, app])).toEqual([
      ['vhost-conflict', '/app-1'],
      ['vhost-conflict', '/app-5'],
    ]);
  });

  it.each<[Partial<Service>, Partial<Service>, RegExp]>([
    [{ since: OLD }, {}, /claimed by \/app-1, whose definition is older, and leads there/],
    [{}, {}, /claimed by \/app-1, which is of the same age and comes first by its id, and leads there/],
    [{ since: OLD, weight: 7 }, { weight: 3 }, /claimed by \/app-1, which has weight 7, above 3, and leads there/],
  ])('name the reason: %o before %o', (first, second, reason) => {
    const { problems } = resolveClaims([claim(1, first), claim(2, second)], {});
    expect(problems).toMatchObject([{ app: '/app-2', code: 'vhost-conflict', detail: expect.stringMatching(reason) }]);
  });

  it('of equal age are rendered as before, and told', () => {
    const services = [claim(1), claim(2)];
    const resolved = resolveClaims(services, {});
    expect(resolved.services).toEqual(services);
    expect(resolved.problems).toMatchObject([{ app: '/app-2', label: 'HAPROXY_0_VHOST' }]);
  });

  it.each<[Partial<Service>, boolean]>([
    [{ path: '/x', weight: 1 }, false],
    [{ weight: 5 }, true],
    [{ path: '/' }, true],
    [{ vhosts: [String.raw`sh\x6fp`] }, true],
    [{ vhosts: ['sh"op"'] }, true],
    [{ vhosts: ['other', 'shop'] }, true],
    [{ vhosts: ['other'] }, false],
  ])('are claimed twice by what covers the same paths: %o', (change, conflict) => {
    expect(resolveClaims([claim(1), claim(2, change)], {}).problems).toHaveLength(conflict ? 1 : 0);
  });
});

function wonBy(won: ReadonlyMap<string, readonly string[]>): Holders {
  return nextHolders(won, NO_HOLDERS, () => false);
}

describe('holders', () => {
  const frontends = { reserved: [], own: true };

  it('keep a port when their definition gets younger, over any number of rounds', () => {
    let holders = wonBy(resolveClaims([onPort(1)], { frontends }).won);
    for (let round = 0; round < 3; round += 1) {
      const resolved = resolveClaims([onPort(1), onPort(2, { since: OLD })], { frontends }, holders);
      expect(resolved.services.filter(({ lostPort }) => lostPort).map(({ app }) => app)).toEqual(['/app-2']);
      expect(resolved.problems).toMatchObject([{ app: '/app-2', detail: expect.stringContaining('/app-1, which had it first') }]);
      holders = wonBy(resolved.won);
    }
  });

  it('of one address do not hold the others', () => {
    const held = wonBy(
      resolveClaims([onPort(1, { bindAddr: '10.0.0.1' }), onPort(2, { bindAddr: '10.0.0.2' })], { frontends }).won,
    );
    const { services } = resolveClaims([onPort(1, { since: OLD }), onPort(2, { bindAddr: '10.0.0.2' })], { frontends }, held);
    expect(services.map(({ lostPort }) => lostPort)).toEqual([true, undefined]);
  });

  it('of one age share a port in each round', () => {
    const held = wonBy(resolveClaims([onPort(1), onPort(2)], { frontends }).won);
    expect(resolveClaims([onPort(1), onPort(2, { since: '2027-01-01T00:00:00.000Z' })], { frontends }, held).services).toEqual([
      onPort(1),
      onPort(2, { since: '2027-01-01T00:00:00.000Z' }),
    ]);
  });

  it('keep a host', () => {
    const held = wonBy(resolveClaims([claim(2)], {}).won);
    const { services, problems } = resolveClaims([claim(1, { since: OLD }), claim(2)], {}, held);
    expect(inRuleOrder(services.map((each) => ({ service: each }))).map((each) => each.service.app)).toEqual([
      '/app-2',
      '/app-1',
    ]);
    expect(problems).toMatchObject([{ app: '/app-1', detail: expect.stringContaining('/app-2, which had it first') }]);
  });

  it('keep a host each, of two that claim both', () => {
    const held = wonBy(resolveClaims([claim(1, { vhosts: ['a'] }), claim(2, { vhosts: ['b'] })], {}).won);
    const both = { vhosts: ['a', 'b'] };
    const { services } = resolveClaims([claim(1, both), claim(2, both)], {}, held);
    expect(services.map(({ vhosts }) => vhosts)).toEqual([['a'], ['a', 'b']]);
  });

  it('are not outweighed if the policy is not that of 1.15', () => {
    const heavy = claim(1, { weight: 999_999_999 });
    const full = resolveClaims([heavy, claim(2, { since: OLD })], { labelPolicy: 'full' });
    expect(full.services[0]?.weight).toBe(999_999_999);
    expect(full.problems).toMatchObject([{ app: '/app-1', code: 'vhost-conflict', label: 'HAPROXY_0_BACKEND_WEIGHT' }]);
    const safe = resolveClaims([heavy, claim(2, { since: OLD })], { labelPolicy: 'safe' });
    // Even rules that come later could ask for a password.
    expect(safe.services.map(({ vhosts }) => vhosts)).toEqual([[], ['shop']]);
    expect(safe.problems).toMatchObject([{ app: '/app-1', code: 'vhost-conflict' }]);
  });

  it.each<[Partial<Service>, Partial<Service>]>([
    [
      { path: '/', weight: 1 },
      { path: '/api', weight: 1 },
    ],
    [{}, { path: '/api', weight: 1 }],
    [{}, { path: '-i /api', weight: 1 }],
    [
      { path: '/api', weight: 1 },
      { path: '/shop', weight: 1 },
    ],
  ])('are not disturbed by a part of their host: %o beside %o', (whole, part) => {
    for (const [one, other] of [
      [whole, part],
      [part, whole],
    ]) {
      for (const labelPolicy of ['full', 'safe'] as const) {
        const { problems } = resolveClaims([claim(1, { ...one, since: OLD }), claim(2, other)], { labelPolicy });
        expect(problems.filter(({ code }) => code === 'vhost-conflict')).toEqual([]);
      }
    }
  });

  it('are not outweighed on a part of their host, over any number of apps', () => {
    const services = [
      claim(1, { weight: 9 }),
      claim(2, { path: '/api /x', weight: 7, since: OLD }),
      claim(3, { path: '/api /shop', weight: 1, since: '2025-01-01T00:00:00.000Z' }),
    ];
    const { services: safe, problems } = resolveClaims(services, { labelPolicy: 'safe' });
    expect(
      inRuleOrder(safe.map((each) => ({ service: each })))
        .map(({ service }) => [service.app, service.weight])
        .toSorted((a, b) => Number(b[1]) - Number(a[1])),
    ).toEqual([
      ['/app-3', 1],
      ['/app-2', 1],
      ['/app-1', 1],
    ]);
    expect(problems.map(({ app }) => app).toSorted()).toEqual(['/app-1', '/app-2']);
    const full = resolveClaims(services, { labelPolicy: 'full' });
    expect(full.services).toEqual(services);
    expect(full.problems.map(({ app, code }) => `${app} ${code}`).toSorted()).toEqual([
      '/app-1 vhost-conflict',
      '/app-2 rule-unreachable',
      '/app-2 vhost-conflict',
    ]);
  });

  it('keep the certificates and options of a host that others share, over any number of rounds', () => {
    const settings = { groupsVhosts: true };
    const victim = claim(2, { bindOptions: 'ssl-min-ver TLSv1.2' });
    const other = claim(1, { since: OLD, path: '/zz', weight: 1, bindOptions: 'verify required', sslCert: '/x.pem' });
    let holders = wonBy(resolveClaims([victim], settings).won);
    for (let round = 0; round < 3; round += 1) {
      const resolved = resolveClaims([other, victim], settings, holders);
      expect(resolved.services.map(({ leads }) => leads)).toEqual([undefined, ['shop']]);
      expect(resolved.problems.map(({ app, code, label }) => [app, code, label])).toEqual([
        ['/app-1', 'vhost-conflict', 'HAPROXY_0_BIND_OPTIONS'],
        ['/app-1', 'vhost-conflict', 'HAPROXY_0_SSL_CERT'],
      ]);
      holders = wonBy(resolved.won);
    }
    // Nobody had it before: age decides. Without frontends of hosts nothing is marked.
    expect(resolveClaims([other, victim], settings).services.map(({ leads }) => leads)).toEqual([['shop'], undefined]);
    expect(resolveClaims([other, victim], {}, holders)).toMatchObject({ services: [other, victim], problems: [] });
  });

  it('are not asked for the password of another app', () => {
    const auth = { realm: 'r', user: 'u', password: 'p' };
    const services = [claim(1, { auth }), claim(2, { path: '/api', weight: 1, since: OLD })];
    const { services: safe, problems } = resolveClaims(services, { labelPolicy: 'safe' });
    expect(safe.map(({ vhosts }) => vhosts)).toEqual([[], ['shop']]);
    expect(problems).toMatchObject([{ app: '/app-1', code: 'vhost-conflict', label: 'HAPROXY_0_AUTH' }]);
    // Its own paths do not disturb the others.
    const inner = [claim(1, { auth, path: '/x', weight: 1 }), claim(2, { path: '/api', weight: 1, since: OLD })];
    expect(resolveClaims(inner, { labelPolicy: 'safe' })).toMatchObject({ services: inner, problems: [] });
  });

  it.each(['/', '-i /', '/api /x', '-i /API'])('see a path that covers theirs: %s', (path) => {
    const victim = claim(2, { path: '/api', weight: 1, since: OLD });
    expect(resolveClaims([claim(1, { path, weight: 2 }), victim], {}).problems).toMatchObject([
      { app: '/app-1', code: 'vhost-conflict' },
    ]);
    // At the same weight the rule that covers more comes later, and nothing is lost.
    const { services } = resolveClaims([claim(1, { path, weight: 1 }), victim], {});
    expect(inRuleOrder(services.map((each) => ({ service: each }))).map(({ service }) => service.app)).toEqual([
      '/app-2',
      '/app-1',
    ]);
  });

  it('see the hosts of rules that labels bring along', () => {
    const rule =
      '  acl host_{cleanedUpHostname} hdr(host) -i {hostname} "sh"op\n  use_backend {backend} if host_{cleanedUpHostname}\n';
    const thief = claim(1, { vhosts: ['mine'], templates: { HTTP_FRONTEND_ACL: rule } });
    const { services, problems } = resolveClaims([thief, claim(2, { since: OLD })], {});
    expect(problems).toMatchObject([
      { app: '/app-1', code: 'vhost-conflict', detail: expect.stringContaining('shop of service 0') },
    ]);
    expect(inRuleOrder(services.map((each) => ({ service: each }))).map(({ service }) => service.app)).toEqual([
      '/app-2',
      '/app-1',
    ]);
  });

  it('are found fast, of 5,000 paths of one host', () => {
    const services = Array.from({ length: 5000 }, (_, id) => claim(id, { path: `/p${id}/`, weight: 1 }));
    expect(cpuTime(() => expect(resolveClaims(services, {}).problems).toEqual([]))).toBeLessThan(1500);
  });
});

it('one id of an app and a deployment group: the older definition counts', () => {
  const group = service(1, {}, { since: OLD, backend: 'app-1_9', servicePort: 9 });
  const { services, problems } = resolveClaims([group, service(1, {}, { since: NEW })], {});
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
  const [first, again] = [resolveClaims(services, {}), resolveClaims(services, {})];
  expect(first.services[0]).toBe(services[0]);
  expect(first.services.map((each, at) => each === again.services[at])).toEqual([true, true, true, true]);
  expect(first.services[1]).not.toBe(services[1]);
});

it('a regular expression takes nothing of a host of which another app has the older right, if the policy keeps teams apart', () => {
  const regex = claim(2, { path: '^/', pathType: 'regex', weight: 1 });
  const older = claim(1, { since: OLD });
  expect(resolveClaims([older, regex], {})).toMatchObject({ services: [older, regex], problems: [] });
  const safe = resolveClaims([older, regex], { labelPolicy: 'safe' });
  expect(safe.services.map(({ vhosts }) => vhosts)).toEqual([['shop'], []]);
  expect(safe.problems).toMatchObject([{ app: '/app-2', code: 'vhost-conflict', label: 'HAPROXY_0_PATH_TYPE' }]);
  expect([...safe.won.keys()].filter((key) => key.startsWith('host'))).toEqual(['host shop ']);
  // Who held it first keeps it, even if the definition is the younger one now.
  const renewed = [claim(1), { ...regex, since: OLD }];
  expect(resolveClaims(renewed, { labelPolicy: 'safe' }, safe.won).services.map(({ vhosts }) => vhosts)).toEqual([['shop'], []]);
});
