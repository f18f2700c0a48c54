import { readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { HAPROXIES } from '../../../test/support/haproxy/haproxies.ts';
import { fetchText, type Line, startHaproxy, startLoad, startTasks, until } from '../../../test/support/haproxy/live-haproxy.ts';
import { silent } from '../../log/logger.ts';
import { print } from '../../render/document.ts';
import { readServer, type ServerSpec } from '../../haproxy-config/server-line.ts';
import { createLock } from '../../lib/async/mutex.ts';
import { createRuntime } from './runtime.ts';
import { head } from '../../../test/support/rendering/documents.ts';

const runtime = { kind: 'runtime' };

describe.each(HAPROXIES)('with %s', (binary) => {
  const refusesCookies = binary === '/usr/sbin/haproxy';

  test('60 changes of scale under load: no reload, no failed request, the files follow', async () => {
    await using haproxy = await startHaproxy(binary);
    await using tasks = await startTasks(6);
    const servers = (count: number): Line[] => tasks.ports.slice(0, count).map((port, at) => [`s${at}`, port, 'check inter 1s']);
    await haproxy.bring(haproxy.doc(servers(1)));
    expect(haproxy.reloads()).toBe(1);
    const load = startLoad(haproxy.port);
    for (let step = 0; step < 60; step += 1) {
      const count = step % 2 === 0 ? 4 + (step % 3) : 1 + (step % 3);
      expect(await haproxy.bring(haproxy.doc(servers(count)))).toMatchObject(runtime);
      expect(await fetchText(haproxy.port)).toMatch(/^t\d$/);
    }
    await haproxy.bring(haproxy.doc(servers(3)));
    const { count, failures } = await load.stop();
    expect(failures).toEqual([]);
    expect(count).toBeGreaterThan(100);
    expect(haproxy.reloads()).toBe(1);
    await until(async () => (await haproxy.names()).length === 3);
    expect((await haproxy.names()).sort()).toEqual(['s0', 's1', 's2']);
    await until(async () => (await readFile(haproxy.config, 'utf8')) === print(haproxy.doc(servers(3))));
    expect(haproxy.lines).toEqual([]);
  }, 60_000);

  test('each kind of change', async () => {
    await using haproxy = await startHaproxy(binary);
    await using tasks = await startTasks(3);
    const [one = 0, two = 0, three = 0] = tasks.ports;
    const bring = (servers: Line[]) => haproxy.bring(haproxy.doc(servers));
    await bring([['s1', one]]);
    expect(
      await bring([
        ['s1', one],
        ['s2', two, 'id 77 weight 5 check inter 2s'],
      ]),
    ).toEqual({
      kind: 'runtime',
      commands: [
        `add server b/s2 127.0.0.1:${two} weight 5 id 77 check inter 2s`,
        'enable health b/s2',
        'set server b/s2 state ready',
      ],
    });
    expect(await haproxy.ask('show servers state b')).toMatch(/ 77 s2 127\.0\.0\.1 2 0 5 /);
    expect(
      await bring([
        ['s1', one, 'disabled'],
        ['s2', two, 'id 77 weight 9 check inter 2s'],
      ]),
    ).toMatchObject(runtime);
    expect(await haproxy.servers()).toMatchObject([
      { name: 's1', maintenance: true, weight: 1 },
      { name: 's2', maintenance: false, weight: 9 },
    ]);
    expect(await haproxy.ask('show stat')).toMatch(/^b,s1,.*,MAINT,/m);
    expect(await fetchText(haproxy.port)).toBe('t1');
    expect(await bring([['s1', three]])).toMatchObject({
      commands: [
        `set server b/s1 addr 127.0.0.1 port ${three}`,
        'set server b/s1 state ready',
        'set server b/s2 state maint',
        'del server b/s2',
      ],
    });
    expect(await fetchText(haproxy.port)).toBe('t2');
    await until(async () => (await haproxy.names()).length === 1);
    // A server that is added as disabled gets nothing until it is enabled.
    expect(
      await bring([
        ['s1', three],
        ['s3', one, 'check inter 1s disabled'],
      ]),
    ).toMatchObject(runtime);
    expect((await haproxy.servers())[1]).toMatchObject({ name: 's3', maintenance: true });
    expect(await bring([['s3', one, 'check inter 1s']])).toMatchObject(runtime);
    expect(await fetchText(haproxy.port)).toBe('t0');
    expect(haproxy.reloads()).toBe(1);
  });

  test('a request that runs on a removed server ends well; then the server is deleted', async () => {
    await using haproxy = await startHaproxy(binary);
    await using tasks = await startTasks(2);
    const [one = 0, two = 0] = tasks.ports;
    await haproxy.bring(haproxy.doc([['s1', one]]));
    const slow = fetchText(haproxy.port, '/slow?700');
    await until(async () => (await haproxy.ask('show sess')).includes('s1'));
    await haproxy.bring(haproxy.doc([['s2', two]]));
    expect(await fetchText(haproxy.port)).toBe('t1');
    expect(await haproxy.names()).toContain('s1');
    expect(await haproxy.applier.figures()).toMatchObject({ leaving: 1 });
    expect(await slow).toBe('t0');
    await until(async () => (await haproxy.names()).join() === 's2');
    await until(async () => (await haproxy.applier.figures()).leaving === 0);
  });

  test('after the drain timeout what still runs is ended', async () => {
    await using haproxy = await startHaproxy(binary, { drainTimeout: 0.2 });
    await using tasks = await startTasks(2);
    const [one = 0, two = 0] = tasks.ports;
    await haproxy.bring(haproxy.doc([['s1', one]]));
    const slow = fetchText(haproxy.port, '/slow?60000').catch((error: unknown) => `failed: ${String(error)}`);
    await until(async () => (await haproxy.ask('show sess')).includes('s1'));
    await haproxy.bring(haproxy.doc([['s2', two]]));
    await until(async () => (await haproxy.names()).join() === 's2');
    expect(await slow).toContain('failed');
  });

  test('a server that comes back while it is leaving stays', async () => {
    await using haproxy = await startHaproxy(binary);
    await using tasks = await startTasks(2);
    const [one = 0, two = 0] = tasks.ports;
    const both: Line[] = [
      ['s1', one, 'check inter 1s'],
      ['s2', two],
    ];
    await haproxy.bring(haproxy.doc(both));
    const slow = [fetchText(haproxy.port, '/slow?1000'), fetchText(haproxy.port, '/slow?1000')];
    await until(async () => (await haproxy.ask('show sess')).includes('s1'));
    await haproxy.bring(haproxy.doc([['s2', two]]));
    expect(await haproxy.bring(haproxy.doc(both))).toEqual({
      kind: 'runtime',
      commands: ['enable health b/s1', 'set server b/s1 state ready'],
    });
    await Promise.all(slow);
    expect(new Set([await fetchText(haproxy.port), await fetchText(haproxy.port)])).toEqual(new Set(['t0', 't1']));
    expect(await haproxy.applier.figures()).toMatchObject({ leaving: 0 });
  });

  test('what HAProxy refuses becomes a reload with its reason', async () => {
    await using haproxy = await startHaproxy(binary);
    await using tasks = await startTasks(2);
    const [one = 0, two = 0] = tasks.ports;
    const source = { backend: '  balance source\n' };
    await haproxy.bring(haproxy.doc([['s1', one]], source));
    expect(
      await haproxy.bring(
        haproxy.doc(
          [
            ['s1', one],
            ['s2', two],
          ],
          source,
        ),
      ),
    ).toMatchObject({
      kind: 'reload',
      reasons: [
        'servers of backend b changed (+s2)',
        // 3.4 says it in other words.
        expect.stringMatching(/^HAProxy refused to add b\/s2: Backend .*\bdynamic load balancing\b/),
      ],
    });
    expect((await haproxy.names()).sort()).toEqual(['s1', 's2']);
    const named = { backend: '  use-server s2 if { path /x }\n' };
    await haproxy.bring(
      haproxy.doc(
        [
          ['s1', one],
          ['s2', two],
        ],
        named,
      ),
    );
    // HAProxy does not let go of it, and its configuration would be wrong without it.
    expect(await haproxy.bring(haproxy.doc([['s1', one]], named))).toMatchObject({ kind: 'invalid' });
    expect(await haproxy.names()).toContain('s2');
  });

  test('servers with cookies: added where HAProxy takes them, else by a reload that says so', async () => {
    await using haproxy = await startHaproxy(binary);
    await using tasks = await startTasks(2);
    const [one = 0, two = 0] = tasks.ports;
    const sticky = { backend: '  balance roundrobin\n  cookie srv insert indirect nocache\n' };
    await haproxy.bring(haproxy.doc([['s1', one, 'check cookie aaa']], sticky));
    const applied = await haproxy.bring(
      haproxy.doc(
        [
          ['s1', one, 'check cookie aaa'],
          ['s2', two, 'check cookie bbb'],
        ],
        sticky,
      ),
    );
    const byReload = {
      kind: 'reload',
      reasons: [expect.any(String), expect.stringContaining("'cookie' option is not accepted")],
    };
    expect(applied).toMatchObject(refusesCookies ? byReload : runtime);
    for (const [cookie, task] of [
      ['aaa', 't0'],
      ['bbb', 't1'],
    ] as const) {
      expect(await fetchText(haproxy.port, '/', { headers: { cookie: `srv=${cookie}` } })).toBe(task);
    }
    expect(await haproxy.bring(haproxy.doc([['s2', two, 'check cookie bbb']], sticky))).toMatchObject(runtime);
  });

  test('maps change by transactions', async () => {
    await using haproxy = await startHaproxy(binary);
    await using tasks = await startTasks(1);
    const servers: Line[] = [['s1', tasks.ports[0] ?? 0]];
    const rule = `  use_backend %[req.hdr(host),lower,map(${join(haproxy.folder, 'domain2backend.map')})]\n  http-request deny if { hdr(host) -i nobody.example.com }\n`;
    const doc = (hosts: readonly string[]) =>
      haproxy.doc(servers, {
        rule,
        files: [{ kind: 'map', name: 'domain2backend.map', entries: hosts.map((host) => [host, 'b'] as const) }],
      });
    await haproxy.bring(doc(['a.example.com']));
    const many = Array.from({ length: 1500 }, (_, at) => `host-${at}.example.com`);
    expect(await haproxy.bring(doc(many))).toMatchObject(runtime);
    const shown = await haproxy.ask(`show map ${join(haproxy.folder, 'domain2backend.map')}`);
    expect(shown.match(/ b$/gm)).toHaveLength(1500);
    expect(shown).not.toContain(' a.example.com ');
    expect(await haproxy.applier.reconcile(doc(many), haproxy.signal)).toEqual({ kind: 'unchanged' });
    await haproxy.ask(`set map ${join(haproxy.folder, 'domain2backend.map')} host-7.example.com c`);
    expect(await haproxy.applier.reconcile(doc(many), haproxy.signal)).toMatchObject(runtime);
    expect(await haproxy.bring(doc([]))).toMatchObject(runtime);
    expect(await haproxy.applier.reconcile(doc([]), haproxy.signal)).toEqual({ kind: 'unchanged' });
    expect(haproxy.reloads()).toBe(1);
  });

  test('a HAProxy that was restarted behind our back is mended', async () => {
    await using haproxy = await startHaproxy(binary);
    await using tasks = await startTasks(3);
    const lines: Line[] = tasks.ports.map((port, at) => [`s${at}`, port]);
    await haproxy.bring(haproxy.doc(lines.slice(0, 1)));
    await haproxy.bring(haproxy.doc(lines.slice(0, 2)));
    await until(async () => (await readFile(haproxy.config, 'utf8')).includes('server s1'));
    await haproxy.bring(haproxy.doc(lines.slice(1, 3)));
    await haproxy.kill('SIGKILL');
    await haproxy.boot();
    expect(await haproxy.bring(haproxy.doc(lines))).toMatchObject(runtime);
    expect((await haproxy.names()).sort()).toEqual(['s0', 's1', 's2']);
    expect(haproxy.lines[0]).toContain('restarted');
  });

  test('a restart is noticed until HAProxy is compared, but not with files of somebody else', async () => {
    await using haproxy = await startHaproxy(binary);
    await using tasks = await startTasks(2);
    const doc = haproxy.doc(tasks.ports.map((port, at) => [`s${at}`, port]));
    const isRestarted = () => haproxy.applier.isRestarted(haproxy.signal);
    await haproxy.bring(haproxy.doc([['s0', tasks.ports[0] ?? 0]]));
    await haproxy.bring(doc);
    expect(await isRestarted()).toBe(false);
    await haproxy.kill('SIGKILL');
    await haproxy.boot();
    expect(await isRestarted()).toBe(true);
    expect(await isRestarted()).toBe(true);
    await haproxy.applier.reconcile(doc, haproxy.signal);
    expect(await isRestarted()).toBe(false);
    expect((await haproxy.names()).sort()).toEqual(['s0', 's1']);
    await haproxy.applier.flush();
    await writeFile(haproxy.config, `${print(doc)}# mine\n`);
    await haproxy.reloadByHand();
    expect(await isRestarted()).toBe(false);
  });

  test('a socket that is gone: a reload, which brings it back', async () => {
    await using haproxy = await startHaproxy(binary);
    await using tasks = await startTasks(2);
    const [one = 0, two = 0] = tasks.ports;
    await haproxy.bring(haproxy.doc([['s1', one]]));
    await rename(join(haproxy.folder, 'haproxy.sock'), join(haproxy.folder, 'lost.sock'));
    expect(await haproxy.applier.reconcile(haproxy.doc([['s1', one]]), haproxy.signal)).toEqual({ kind: 'unchanged' });
    expect(
      await haproxy.bring(
        haproxy.doc([
          ['s1', one],
          ['s2', two],
        ]),
      ),
    ).toMatchObject({
      kind: 'reload',
      reasons: [expect.any(String), expect.stringMatching(/haproxy\.sock cannot be used \(ENOENT\)/)],
    });
  });

  test('a reload between changes loses none of them', async () => {
    await using haproxy = await startHaproxy(binary);
    await using tasks = await startTasks(4);
    const lines: Line[] = tasks.ports.map((port, at) => [`s${at}`, port]);
    const changed = { backend: '  balance leastconn\n' };
    await haproxy.bring(haproxy.doc(lines.slice(0, 1)));
    await haproxy.bring(haproxy.doc(lines.slice(0, 2)));
    expect(await haproxy.bring(haproxy.doc(lines.slice(0, 3), changed))).toMatchObject({
      kind: 'reload',
      reasons: ['backend b changed'],
    });
    expect((await haproxy.names()).sort()).toEqual(['s0', 's1', 's2']);
    expect(await haproxy.bring(haproxy.doc(lines.slice(1, 4), changed))).toMatchObject(runtime);
    expect(await haproxy.applier.reloadOnDisk(haproxy.signal)).toMatchObject({ kind: 'reload' });
    expect(await haproxy.names()).toEqual(['s1', 's2', 's3']);
    expect(haproxy.lines).toEqual([]);
  });

  test('reloads between changes under load: no failed request, no server lost', async () => {
    await using haproxy = await startHaproxy(binary);
    await using tasks = await startTasks(4);
    const lines: Line[] = tasks.ports.map((port, at) => [`s${at}`, port]);
    const doc = (servers: Line[], step: number) =>
      haproxy.doc(servers, { backend: `  balance ${step % 2 === 0 ? 'roundrobin' : 'leastconn'}\n` });
    await haproxy.bring(doc(lines.slice(0, 1), 0));
    // A connection that stays open may be closed by an old worker while the client uses it: that is not HAProxy's to avoid.
    const load = startLoad(haproxy.port, { clients: 4, kept: 0 });
    for (let step = 1; step <= 4; step += 1) {
      expect(await haproxy.bring(doc(lines.slice(0, 2), step - 1))).toMatchObject(runtime);
      expect(await haproxy.bring(doc(lines.slice(0, 3), step))).toMatchObject({ kind: 'reload' });
      expect((await haproxy.names()).sort()).toEqual(['s0', 's1', 's2']);
      expect(await haproxy.bring(doc(lines.slice(0, 1), step))).toMatchObject(runtime);
    }
    const { failures } = await load.stop();
    expect(failures).toEqual([]);
    expect(haproxy.reloads()).toBe(5);
    expect(haproxy.lines).toEqual([]);
  });

  test('over the master socket: a reload that goes well, one that does not', async () => {
    await using haproxy = await startHaproxy(binary, { skipValidation: true });
    await using own = await startHaproxy(binary, { skipValidation: true, masterSocket: join(haproxy.folder, 'master.sock') });
    await using tasks = await startTasks(1);
    const [one = 0] = tasks.ports;
    await haproxy.bring(haproxy.doc([['s1', one]]));
    // The other applier has files of its own, and reloads the first HAProxy.
    await own.bring(own.doc([['s1', one]]));
    const before = await haproxy.ask('show info');
    expect(await own.bring(own.doc([['s1', one]], { backend: '  balance leastconn\n' }))).toMatchObject({
      kind: 'reload',
      attempts: 1,
    });
    await until(async () => /^Pid: .*$/m.exec(await haproxy.ask('show info'))?.[0] !== /^Pid: .*$/m.exec(before)?.[0]);
    await haproxy.applier.flush();
    await writeFile(haproxy.config, 'nonsense\n');
    await expect(own.bring(own.doc([['s1', one]]))).rejects.toMatchObject({
      code: 'reload-refused',
      message: expect.stringContaining('--master-socket'),
    });
    expect(await fetchText(haproxy.port)).toBe('t0');
  });
});

test('without an admin socket: one warning with the line to add, and reloads', async () => {
  const [binary = ''] = HAPROXIES;
  await using haproxy = await startHaproxy(binary);
  await using tasks = await startTasks(3);
  const head = `global\n  maxconn 100\n  stats socket ${haproxy.folder}/haproxy.sock level operator expose-fd listeners\ndefaults\n  mode http\n  timeout connect 3s\n  timeout client 30s\n  timeout server 30s\n`;
  const lines: Line[] = tasks.ports.map((port, at) => [`s${at}`, port]);
  for (const count of [1, 2, 3])
    expect(await haproxy.bring(haproxy.doc(lines.slice(0, count), { head }))).toMatchObject({ kind: 'reload' });
  expect(haproxy.lines).toEqual([
    expect.stringMatching(/no stats socket with "level admin".*Add .*level admin expose-fd listeners/),
  ]);
  expect(await fetchText(haproxy.port)).toMatch(/^t/);
});

async function busy(_: unknown, line: string): Promise<string> {
  return line.includes('show info') ? 'Pid: 7\nUptime_sec: 1\n' : '[3]: Server still has connections attached to it\n';
}

test('after a reload that failed no server is taken out that was on its way before', async () => {
  const { signal } = new AbortController();
  await using runtime = createRuntime({
    log: silent,
    ask: busy,
    lock: createLock(),
    config: '/x/haproxy.cfg',
    drainTimeout: 10,
  });
  const doc = { sections: [head('/x')], files: [] };
  const server = readServer('server s1 10.0.0.1:80') as ServerSpec;
  await runtime.run(doc, [{ kind: 'remove', backend: 'b', server }], signal);
  expect(runtime.leaving()).toBe(1);
  const failed = runtime.around(doc, () => Promise.reject(new Error('no new process')), signal);
  await expect(failed).rejects.toThrow('no new process');
  expect(runtime.leaving()).toBe(0);
});
