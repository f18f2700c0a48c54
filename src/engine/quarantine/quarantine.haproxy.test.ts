import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { documentOf, service } from '../../../test/support/rendering/documents.ts';
import { HAPROXIES } from '../../../test/support/haproxy/haproxies.ts';
import { reservedPort } from '../../../test/support/network/port-block.ts';
import type { Alert } from '../../haproxy/check/alerts.ts';
import { createApplier } from '../../haproxy/create-applier.ts';
import { silent } from '../../log/logger.ts';
import type { Service } from '../../model/service.ts';
import type { ConfigDocument } from '../../render/document.ts';
import { print } from '../../render/document.ts';
import { commonFault, createOrigin } from '../alerts/common-fault.ts';
import type { QuarantineResult } from './quarantine.ts';
import { quarantine } from './quarantine.ts';

let folder = '';
let port = 0;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'mlb-quarantine-'));
  port = await reservedPort();
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const fleet = (size: number, bad: Readonly<Record<number, Readonly<Record<string, string>>>>): Service[] =>
  Array.from({ length: size }, (_, id) => service(id, bad[id]));

describe.each(HAPROXIES)('with %s', (binary) => {
  const check = (doc: ConfigDocument) => applierOf(binary).check(doc, AbortSignal.timeout(30_000));
  const run = (services: readonly Service[], more: Partial<Parameters<typeof quarantine>[0]> = {}) =>
    quarantine({ services, render: (some) => documentOf(some, folder, port), check, lastGood: new Map(), ...more });

  test('one check where nothing is wrong; all definitions are good then', async () => {
    const result = await run(fleet(3, {}));
    expect(result).toMatchObject({ kind: 'accepted', checks: 1, problems: [] });
    expect([...(result.kind === 'accepted' ? result.lastGood.keys() : [])]).toEqual(['/app-0#0', '/app-1#0', '/app-2#0']);
  });

  test.each([
    ['an unknown keyword', { BACKEND: '  foo bar\n' }, /unknown keyword 'foo'/],
    ['a bad server option', { SERVER: ' weird' }, /unknown keyword 'weird'/],
    ['an ACL that is not there', { RULE: '  use_backend x if nothere\n' }, /no such ACL/],
    ['a backend that is not there', { RULE: '  use_backend missing if { path /x }\n' }, /'missing'/],
    ['a stick table that is not there', { BACKEND: '  stick on src table nope\n' }, /'nope'/],
    ['a backend of another mode', { BACKEND: '  mode tcp\n' }, /incompatible tcp backend/],
    ['a userlist that is not there', { BACKEND: '  http-request auth unless { http_auth(nobody) }\n' }, /nobody/],
    ['an open quote', { BACKEND: '  option httpchk GET "x\n' }, /unmatched quote/],
  ])('one bad service in 1000 is found by two checks: %s', async (_, labels, message) => {
    const result = await run(fleet(1000, { 500: labels }));
    expect(problemsOf(result)).toEqual(['/app-500']);
    expect(result).toMatchObject({
      kind: 'accepted',
      checks: 2,
      problems: [{ code: 'haproxy-rejected', detail: expect.stringMatching(message) }],
    });
    expect(result.kind === 'accepted' && result.services.length).toBe(999);
    expect(result.refused?.sections).toHaveLength(1002);
  });

  test('faults that hide others take a check each', async () => {
    const result = await run(
      fleet(20, {
        3: { SERVER: ' weird' },
        7: { RULE: '  use_backend x if nothere\n' },
        11: { BACKEND: '  stick on src table nope\n' },
      }),
    );
    expect(problemsOf(result)).toEqual(['/app-3', '/app-7', '/app-11']);
    expect(result.checks).toBeLessThanOrEqual(4);
  });

  test('a bad service keeps its last good definition with its current servers', async () => {
    const good = service(1);
    const servers = [{ taskId: 'new', host: 'other', ip: '10.0.0.9', port: 31_009, draining: false }];
    const bad = service(1, { SERVER: ' weird' }, { servers });
    const result = await run([service(0), bad], { lastGood: new Map([['/app-1#0', good]]) });
    expect(result).toMatchObject({
      kind: 'accepted',
      checks: 2,
      problems: [{ app: '/app-1', detail: expect.stringContaining('last good labels') }],
    });
    if (result.kind !== 'accepted') return;
    expect(print(result.doc)).toContain('  server other_31009 10.0.0.9:31009\n');
    expect(result.lastGood.get('/app-1#0')).toBe(good);
    const again = await run([service(0), bad], { lastGood: result.lastGood, rejected: result.rejected });
    expect(again).toMatchObject({ kind: 'accepted', checks: 1, problems: [{ app: '/app-1' }] });
    const mended = await run([service(0), service(1)], { lastGood: result.lastGood, rejected: result.rejected });
    expect(mended).toMatchObject({ kind: 'accepted', checks: 1, problems: [] });
  });

  test('a service that is refused for its servers keeps those that HAProxy took, and is tried when they change', async () => {
    const one = { taskId: 'one', host: 'a', ip: '10.0.0.1', port: 31_001, draining: false };
    const two = { ...one, taskId: 'two', ip: '10.0.0.2' };
    const withServers = (servers: readonly (typeof one)[]) => service(1, {}, { servers });
    const before = await run([service(0), withServers([one])]);
    if (before.kind !== 'accepted') throw new Error('it was refused');
    const past = { lastGood: before.lastGood, served: before.services };
    // Both servers have one name.
    const result = await run([service(0), withServers([one, two])], past);
    expect(problemsOf(result)).toEqual(['/app-1']);
    expect(result).toMatchObject({ problems: [{ detail: expect.stringContaining('the servers that HAProxy accepted last') }] });
    if (result.kind !== 'accepted') return;
    expect(print(result.doc)).toContain('10.0.0.1:31001');
    expect(print(result.doc)).not.toContain('10.0.0.2:31001');
    const { rejected } = result;
    const held = await run([service(0), withServers([one, two])], { ...past, rejected });
    expect(held).toMatchObject({ kind: 'accepted', checks: 1, problems: [{ app: '/app-1' }] });
    const back = await run([service(0), withServers([two])], { ...past, rejected });
    expect(back).toMatchObject({ kind: 'accepted', checks: 1, problems: [] });
    expect(back.kind === 'accepted' && print(back.doc)).toContain('10.0.0.2:31001');
  });

  test('a service that was good and whose names do not resolve keeps the addresses that HAProxy has for them', async () => {
    const BACKEND = '  server db db.invalid:5432 check\n  server old old.invalid:5432\n';
    const [good, fresh] = [service(1, { BACKEND }), service(2, { BACKEND })];
    const lastGood = new Map([['/app-1#0', good]]);
    const known = new Map([['db.invalid', '10.0.0.7']]);
    const result = await run([service(0), good, fresh], { lastGood, addresses: async () => known });
    expect(result).toMatchObject({
      kind: 'accepted',
      problems: [
        {
          app: '/app-1',
          detail: expect.stringContaining('served with the addresses'),
          fix: expect.stringContaining('db.invalid'),
        },
        { app: '/app-2', detail: expect.stringContaining('it is left out') },
      ],
    });
    if (result.kind !== 'accepted') return;
    expect(print(result.doc)).toContain('server db db.invalid:5432 init-addr libc,10.0.0.7 check\n');
    expect(print(result.doc)).toContain('server old old.invalid:5432 init-addr libc,none\n');
    expect(result.lastGood.get('/app-1#0')).toBe(good);
    const { rejected } = result;
    const held = await run([service(0), good, fresh], { lastGood, rejected });
    expect(held).toMatchObject({ kind: 'accepted', checks: 1 });
    expect(held.kind === 'accepted' && print(held.doc)).toBe(print(result.doc));
  });

  test('a last good definition that is refused too is left out', async () => {
    const result = await run([service(0), service(1, { SERVER: ' weird' })], {
      lastGood: new Map([['/app-1#0', service(1, { SERVER: ' worse' })]]),
    });
    expect(result).toMatchObject({
      kind: 'accepted',
      checks: 3,
      problems: [{ app: '/app-1', detail: expect.stringContaining('left out') }],
    });
  });

  test("the operator's head is told apart from an app's mistake", async () => {
    const result = await run(fleet(50, {}), { render: withBrokenHead });
    expect(result).toMatchObject({ kind: 'global', checks: 2, alerts: [{ line: 2 }] });
  });

  test("a template that breaks every backend is the operator's, found without going through all apps", async () => {
    const everywhere = Object.fromEntries(Array.from({ length: 1000 }, (_, id) => [id, { SERVER: ' weird' }]));
    expect(await run(fleet(1000, everywhere))).toMatchObject({ kind: 'global', checks: 2 });
  });

  test("a line of a shared frontend that comes with every service is no app's fault", async () => {
    for (const size of [1, 2, 300]) {
      const services = fleet(size, {});
      const result = await run(services, { render: withoutCertificate });
      expect(result).toMatchObject({ kind: 'global' });
      expect(result.checks).toBeLessThanOrEqual(5);
      if (result.kind !== 'global' || result.refused === undefined) throw new Error('nothing was refused');
      const origin = createOrigin({ sslCerts: ['/missing/shared.pem'], templates: {} });
      const [alert, ...others] = commonFault(result.refused, services, result.alerts, origin);
      expect(others).toEqual([]);
      expect(alert?.message).toMatch(/^option --ssl-certs: .*\/missing\/shared\.pem/);
    }
  });

  test('a fault of all services is said once, with the template of the operator', async () => {
    const services = fleet(2, {});
    const result = await run(services, { render: withNonsense });
    if (result.kind !== 'global' || result.refused === undefined) throw new Error('no fault of all');
    const origin = createOrigin({
      sslCerts: [],
      templates: { BACKEND_HTTP_OPTIONS: '  option forwardfor\n  option nonsense\n' },
    });
    const found = commonFault(result.refused, services, result.alerts, origin);
    expect(found.map(({ message }) => message)).toEqual([
      expect.stringMatching(
        /^every service is refused for the same reason.*\(template HAPROXY_BACKEND_HTTP_OPTIONS\).*'?nonsense/,
      ),
    ]);
    expect(found[0]?.message).not.toContain('/app-');
  });

  test('many bad apps are no fault of the template', async () => {
    const some = Object.fromEntries(Array.from({ length: 100 }, (_, id) => [id, { SERVER: ' weird' }]));
    const result = await run(fleet(300, some));
    expect(problemsOf(result)).toHaveLength(100);
    expect(result.checks).toBeLessThanOrEqual(5);
  });

  test('nothing valid remains: nothing changes', async () => {
    expect(await run(fleet(2, { 0: { SERVER: ' x' }, 1: { SERVER: ' y' } }))).toMatchObject({ kind: 'global', checks: 1 });
  });
});

describe('where nobody is named', () => {
  const nameless: Alert = { proxies: [], mentions: [], message: 'crash' };
  const run = async (size: number, guilty: readonly number[], lastGood = new Map<string, Service>()) =>
    quarantine({
      services: fleet(size, {}),
      render: (some) => documentOf(some, folder, port),
      check: async (doc) =>
        doc.sections.some((each) => guilty.some((id) => each.owner?.app === `/app-${id}`)) ? [nameless] : [],
      lastGood,
    });

  test.each([0, 1, 499, 999])('halving finds app %i of 1000', async (id) => {
    const result = await run(1000, [id]);
    expect(problemsOf(result)).toEqual([`/app-${id}`]);
    expect(result.checks).toBeLessThanOrEqual(13);
  });

  test('two of them', async () => expect(problemsOf(await run(100, [3, 60]))).toEqual(['/app-3', '/app-60']));

  test('what changed last is tried first: a check that does not end costs its whole time', async () => {
    const good = new Map(fleet(1000, {}).flatMap((each) => (each.app === '/app-700' ? [] : [[`${each.app}#0`, each] as const])));
    const result = await run(1000, [700], good);
    expect(problemsOf(result)).toEqual(['/app-700']);
    expect(result.checks).toBe(4);
  });

  test('the bound holds', async () => {
    const result = await run(
      64,
      Array.from({ length: 32 }, (_, id) => id),
    );
    expect(result.kind).toBe('undecided');
    expect(result.checks).toBeLessThanOrEqual(12 + 3 * 7 + 1);
  });
});

function withBrokenHead(some: readonly Service[]): ConfigDocument {
  const doc = documentOf(some, folder, port);
  const broken = { kind: 'head', name: 'extra', blocks: [{ text: 'global\n  nonsense\n' }] } as const;
  return { ...doc, sections: [broken, ...doc.sections] };
}

function withoutCertificate(some: readonly Service[]): ConfigDocument {
  const doc = documentOf(some, folder, port);
  const blocks = [{ text: `frontend tls\n  bind 127.0.0.1:${port} ssl crt /missing/shared.pem\n` }];
  const tls = { kind: 'frontend', name: 'tls', blocks } as const;
  return some.length === 0 ? doc : { ...doc, sections: [...doc.sections, tls] };
}

function withNonsense(some: readonly Service[]): ConfigDocument {
  const wrong = some.map((each) => ({ ...each, templates: { BACKEND: '  option nonsense\n' } }));
  return documentOf(wrong, folder, port);
}

function problemsOf(result: QuarantineResult): string[] {
  return result.kind === 'accepted' ? result.problems.map((problem) => problem.app) : [result.kind];
}

function applierOf(binary: string) {
  const settings = {
    config: join(folder, 'haproxy.cfg'),
    maxReloadRetries: 0,
    reloadInterval: 1,
    archiveVersions: 5,
    skipValidation: false,
    skipConfigCleanup: false,
    binary,
    runtimeUpdates: false,
    drainTimeout: 1,
    reloadMinInterval: 0,
  };
  return createApplier(settings, { log: silent, reload: async () => ({ attempts: 0 }), now: () => new Date(0) });
}
