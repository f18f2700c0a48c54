import { readFile, readdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { app } from '../support/marathon/apps.ts';
import { makeCertificate } from '../support/network/certificate.ts';
import { runProgram } from '../support/program/program.ts';
import { startStack, type Ports, type Stack } from '../support/program/stack.ts';

function apps({ service }: Ports): object[] {
  return [
    app('/one', service[0] ?? 0, { HAPROXY_0_VHOST: 'one.test,also.test' }),
    app('/two', service[1] ?? 0, { HAPROXY_0_VHOST: 'two.test' }),
    app('/path', service[2] ?? 0, { HAPROXY_0_VHOST: 'one.test', HAPROXY_0_PATH: '/path' }),
  ];
}

/** Two apps that get notes, and one with a problem. */
function noted({ service: [port = 0] }: Ports): object[] {
  return [
    app('/old', port, { HAPROXY_0_MODE: 'http', HAPROXY_0_BACKEND_HTTP_OPTIONS: '  rspadd X-Old:\\ 1\n  option forceclose\n' }),
    app('/url', port + 1, { HAPROXY_0_VHOST: 'http://url.test/' }),
    app('/wrong', port + 2, { HAPROXY_0_VHOST: 'wrong!.test' }),
  ];
}

describe('--haproxy-map', () => {
  test('hosts and app ids are looked up in maps, which follow the apps', async () => {
    await using stack = await startStack({ apps, args: () => ['--haproxy-map'] });
    await stack.eventually(async () => {
      expect(await stack.get('/', { host: 'one.test' })).toMatchObject({ app: '/one' });
      expect(await stack.get('/', { host: 'also.test:80' })).toMatchObject({ app: '/one' });
      expect(await stack.get('/', { host: 'TWO.test' })).toMatchObject({ app: '/two' });
      expect(await stack.get('/path/x', { host: 'one.test' })).toMatchObject({ app: '/path' });
      expect(await stack.get('/', { sni: 'two.test' })).toMatchObject({ app: '/two' });
      expect(await byId(stack, '/two')).toMatchObject({ app: '/two' });
    });
    expect(await readFile(join(stack.folder, 'domain2backend.map'), 'utf8')).toContain(`two.test two_${stack.ports.service[1]}`);

    await stack.create(app('/three', stack.ports.service[3] ?? 0, { HAPROXY_0_VHOST: 'three.test' }));
    await stack.eventually(async () => {
      expect(await stack.get('/', { host: 'three.test' })).toMatchObject({ app: '/three' });
      expect(await byId(stack, '/three')).toMatchObject({ app: '/three' });
    });
    await stack.remove('/two');
    await stack.eventually(async () => {
      expect(await stack.get('/', { host: 'two.test' })).toMatchObject({ status: 503, app: undefined });
      expect(await byId(stack, '/two')).toMatchObject({ status: 503, app: undefined });
    });
    expect(await readFile(join(stack.folder, 'domain2backend.map'), 'utf8')).not.toContain('two.test');
  });
});

describe('--group-https-by-vhost', () => {
  test('each vhost has a frontend with its own certificate, chosen by SNI', async () => {
    await using stack = await startStack({
      apps: ({ service }) => [
        app('/plain', service[0] ?? 0, { HAPROXY_0_VHOST: 'one.test' }),
        app('/own', service[1] ?? 0, { HAPROXY_0_VHOST: 'own.test', HAPROXY_0_SSL_CERT: '/none/own.test.pem' }),
      ],
      args: async ({ folder }) => {
        await makeCertificate(folder, 'own.test');
        return ['--group-https-by-vhost'];
      },
    });
    await stack.eventually(async () => {
      expect(await stack.get('/', { sni: 'one.test' })).toMatchObject({ app: '/plain', certificate: 'one.test' });
    });
    await stack.daemon.until(/app \/own.*own\.test\.pem/);
    await stack.change('/own', {
      labels: { HAPROXY_GROUP: 'external', HAPROXY_0_VHOST: 'own.test', HAPROXY_0_SSL_CERT: join(stack.folder, 'own.test.pem') },
    });
    await stack.eventually(async () => {
      expect(await stack.get('/', { sni: 'own.test' })).toMatchObject({ app: '/own', certificate: 'own.test' });
    });
    expect(await stack.get('/', { sni: 'one.test' })).toMatchObject({ app: '/plain', certificate: 'one.test' });
    expect(await stack.get('/', { host: 'own.test' })).toMatchObject({ app: '/own' });
  });

  test('with --haproxy-map: hosts are looked up behind their frontends, which come and go with the apps', async () => {
    await using stack = await startStack({ apps, args: () => ['--group-https-by-vhost', '--haproxy-map'] });
    await stack.eventually(async () => {
      for (const [sni, path, app] of [
        ['one.test', '/', '/one'],
        ['also.test', '/', '/one'],
        ['also.test', '/path', '/one'],
        ['one.test', '/path/x', '/path'],
        ['two.test', '/', '/two'],
      ] as const) {
        expect(await stack.get(path, { sni })).toMatchObject({ status: 200, app });
        expect(await stack.get(path, { host: sni })).toMatchObject({ status: 200, app });
      }
    });
    await stack.create(app('/three', stack.ports.service[3] ?? 0, { HAPROXY_0_VHOST: 'three.test' }));
    await stack.eventually(async () => expect(await stack.get('/', { sni: 'three.test' })).toMatchObject({ app: '/three' }));
    await stack.remove('/two');
    await stack.eventually(async () => {
      await expect(stack.get('/', { sni: 'two.test' })).rejects.toThrow(/socket|ECONNRESET/);
      expect(await stack.get('/', { sni: 'one.test' })).toMatchObject({ app: '/one' });
    });
  });
});

describe('--dont-bind-http-https', () => {
  test('only the ports of the services, the app ids and the statistics are bound', async () => {
    await using stack = await startStack({ apps, args: () => ['--dont-bind-http-https'] });
    await stack.eventually(async () => expect(await byId(stack, '/one')).toMatchObject({ app: '/one' }));
    expect(await stack.get('/', { port: stack.ports.service[0] ?? 0 })).toMatchObject({ app: '/one' });
    await expect(stack.get('/', { host: 'one.test' })).rejects.toThrow(/ECONNREFUSED/);
    await expect(stack.get('/', { sni: 'one.test' })).rejects.toThrow(/ECONNREFUSED/);
  });
});

describe('one pass', () => {
  test('without --sse: the apps of now are served and the program ends with status 0', async () => {
    await using stack = await startStack({ apps, mode: [], before: ({ sim }) => sim.idle() });
    expect(await stack.daemon.ended).toMatchObject({ status: 0 });
    expect(await stack.get('/', { host: 'one.test' })).toMatchObject({ app: '/one' });
  });

  test('after tasks changed while no program ran: the running HAProxy is told, not reloaded', async () => {
    await using stack = await startStack({ apps, mode: [], before: ({ sim }) => sim.idle() });
    expect((await stack.daemon.ended).err).toMatch(/reload/);
    const reloads = join(stack.folder, 'reloads');
    await stack.scale('/one', 3);
    await stack.sim.idle();
    const again = [...stack.args, '--command', `sh -c 'touch ${reloads}; kill -USR2 ${stack.haproxy}'`];
    expect(await runProgram(again, { cwd: stack.folder })).toMatchObject({ status: 0 });
    expect(await readdir(stack.folder)).not.toContain('reloads');
    expect((await stack.configText()).match(/^ +server .*\n/gm)?.length).toBeGreaterThanOrEqual(5);
    const tasks = new Set<unknown>();
    for (let request = 0; request < 9; request += 1) tasks.add((await stack.get('/', { host: 'one.test' })).task);
    expect(tasks.size).toBe(3);
  });

  test('--dry prints the configuration and touches nothing', async () => {
    await using stack = await startStack({ apps, mode: ['--dry'], before: ({ sim }) => sim.idle() });
    const before = await stack.configText();
    const { status, out } = await stack.daemon.ended;
    expect(status).toBe(0);
    for (const id of ['one', 'two', 'path']) expect(out).toMatch(new RegExp(`^backend ${id}_\\d+\\n`, 'm'));
    expect(out).toContain('stats socket');
    expect(await stack.configText()).toBe(before);
    expect(await readdir(stack.folder)).not.toContain('archive');
  });

  test('--dry --notes prints notes, one a line, in the place of the configuration', async () => {
    const mode = ['--dry', '--notes'];
    await using stack = await startStack({ apps: noted, mode, before: ({ sim }) => sim.idle() });
    const { status, out, err } = await stack.daemon.ended;
    expect(status).toBe(0);
    expect(out.trimEnd().split('\n')).toEqual([
      expect.stringMatching(/\/url\b.*HAPROXY_0_VHOST.*read as url\.test/),
      expect.stringMatching(/\/old\b.*HAPROXY_0_BACKEND_HTTP_OPTIONS: .*`rspadd X-Old:\\ 1`.*`http-response add-header X-Old 1`/),
      expect.stringMatching(/\/old\b.*`option forceclose`.*`option httpclose`/),
    ]);
    // Problems are no notes: they stay in the log.
    expect(err).toMatch(/\/wrong\b.*wrong!\.test/);
    expect(err).not.toContain('rspadd');
  });

  test('with a reload command that fails: status 1, and the command, its words and its tries are said', async () => {
    const command = "sh -c 'echo no such luck >&2; exit 3'";
    await using stack = await startStack({
      apps,
      mode: [],
      before: ({ sim }) => sim.idle(),
      args: () => ['--command', command, '--max-reload-retries', '2', '--reload-interval', '0'],
    });
    const { status, err } = await stack.daemon.ended;
    expect(status).toBe(1);
    expect(err).toMatch(/tried 3 times/);
    expect(err).toMatch(/no such luck/);
    expect(await stack.configText()).toContain('backend one_');
  });
});

describe('a reload command that fails', () => {
  test('never stops the program: it is said, and made good when the command works again', async () => {
    await using stack = await startStack({
      apps,
      args: ({ folder, haproxy }) => {
        const command = `sh -c 'test ! -e ${folder}/broken && kill -USR2 ${haproxy}'`;
        return ['--command', command, '--max-reload-retries', '0', '--reload-interval', '1', '--resync-interval', '1'];
      },
    });
    await stack.eventually(async () => expect(await stack.get('/', { host: 'one.test' })).toMatchObject({ app: '/one' }));
    await writeFile(join(stack.folder, 'broken'), '');
    const mark = stack.daemon.mark();
    await stack.create(app('/three', stack.ports.service[3] ?? 0, { HAPROXY_0_VHOST: 'three.test' }));
    await stack.daemon.until(/HAProxy was not reloaded/, mark);
    expect(await stack.get('/', { host: 'one.test' })).toMatchObject({ app: '/one' });
    await rm(join(stack.folder, 'broken'));
    await stack.eventually(async () => expect(await stack.get('/', { host: 'three.test' })).toMatchObject({ app: '/three' }));
  });
});

function byId(stack: Stack, id: string) {
  return stack.get('/', { port: stack.ports.appid, headers: { 'x-marathon-app-id': id } });
}
