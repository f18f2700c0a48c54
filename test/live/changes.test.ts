import { readFile, readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { app, healthCheck } from '../support/marathon/apps.ts';
import { startStack, type Ports, type Stack } from '../support/program/stack.ts';

// One stack; each test has apps of its own and leaves the others alone.
let stack: Stack;

const hosts = ['scaled', 'checked', 'deleted', 'relabelled', 'steady', 'deployed'];

function apps({ service }: Ports): object[] {
  const add = (name: string, at: number, more: object): object =>
    app(`/${name}`, service[at] ?? 0, { HAPROXY_0_VHOST: `${name}.test` }, more);
  return hosts.map((name, at) => add(name, at, name === 'checked' ? { instances: 2, healthChecks: [healthCheck] } : {}));
}

beforeAll(async () => {
  stack = await startStack({ apps, args: () => ['--health-check', '--archive-versions', '3'] });
  await stack.sim.idle();
  for (const name of hosts) await stack.expectServed(`/${name}`, name === 'checked' ? 2 : 1);
});
afterAll(() => stack?.[Symbol.asyncDispose]());

describe('the apps change', () => {
  test('scaled up and down: each task gets requests, those that went none', async () => {
    await stack.scale('/scaled', 4);
    await stack.expectServed('/scaled', 4);
    const four = await stack.tasksServing('/scaled');
    await stack.scale('/scaled', 2);
    await stack.expectServed('/scaled', 2);
    for (const task of await stack.tasksServing('/scaled')) expect(four).toContain(task);
  });

  test('a task whose health check fails leaves, and returns', async () => {
    const [sick, well] = stack.sim.tasks('/checked').map(({ id }) => id);
    stack.sim.setHealth(sick!, false);
    await stack.eventually(async () => expect(await stack.tasksServing('/checked')).toEqual(new Set([well])));
    stack.sim.setHealth(sick!, true);
    await stack.eventually(async () => expect(await stack.tasksServing('/checked')).toEqual(new Set([sick, well])));
  });

  test('a crashed task is replaced', async () => {
    const [crashed] = stack.sim.tasks('/steady').map(({ id }) => id);
    stack.sim.crash(crashed!);
    await stack.eventually(async () => {
      const now = await stack.tasksServing('/steady');
      expect(now.size).toBe(1);
      expect(now).not.toContain(crashed);
    });
  });

  test('a deployment replaces all tasks', async () => {
    const before = new Set(stack.sim.tasks('/deployed').map(({ id }) => id));
    await stack.restart('/deployed');
    await stack.eventually(async () => {
      const answer = await stack.get('/', { host: 'deployed.test' });
      expect(before).not.toContain(answer.task);
    });
    await stack.sim.idle();
    await stack.expectServed('/deployed');
  });

  test('a new app is served, and a deleted one is not any more', async () => {
    const port = stack.ports.service[20] ?? 0;
    await stack.create(app('/new', port, { HAPROXY_0_VHOST: 'new.test' }));
    await stack.expectServed('/new');
    await stack.remove('/new');
    await stack.eventually(async () => {
      expect(await stack.get('/', { host: 'new.test' })).toMatchObject({ status: 503, app: undefined });
      await expect(stack.get('/', { port })).rejects.toThrow(/ECONNREFUSED/);
    });
    expect(await stack.configText()).not.toContain('new.test');
  });

  test('a label that HAProxy refuses: the app keeps its last good labels with its new tasks, until it is mended', async () => {
    const mark = stack.daemon.mark();
    await relabel({ HAPROXY_0_VHOST: 'relabelled.test', HAPROXY_0_BALANCE: 'magic' });
    await stack.daemon.until(/app \/relabelled.*balance only supports/, mark);
    await stack.sim.idle();
    await stack.expectServed('/relabelled');
    await stack.expectServed('/steady');

    await relabel({ HAPROXY_0_VHOST: 'renamed.test' });
    await stack.eventually(async () =>
      expect(await stack.get('/', { host: 'renamed.test' })).toMatchObject({ app: '/relabelled' }),
    );
    expect(await stack.get('/', { host: 'relabelled.test' })).toMatchObject({ status: 503 });
  });
});

describe('what is written', () => {
  test('the log shows what changed, the archive keeps the last versions', async () => {
    const port = stack.ports.service[21] ?? 0;
    const mark = stack.daemon.mark();
    for (const host of ['first.test', 'second.test', 'third.test', 'fourth.test']) {
      await stack.change('/archived', app('/archived', port, { HAPROXY_0_VHOST: host }));
      await stack.eventually(async () => expect(await stack.get('/', { host })).toMatchObject({ app: '/archived' }));
      await stack.sim.idle();
    }
    await stack.daemon.until(/^\+ .*hdr\(host\) -i first\.test$/m, mark);
    await stack.daemon.until(/^- .*hdr\(host\) -i first\.test$/m, mark);
    await stack.daemon.until(/^\+ .*hdr\(host\) -i fourth\.test$/m, mark);
    const folder = join(stack.folder, 'archive');
    const versions = (await readdir(folder)).filter((name) => !name.endsWith('.rejected')).sort();
    expect(versions).toHaveLength(3);
    expect(await readFile(join(folder, versions.at(-1)!), 'utf8')).toMatch(/third\.test|fourth\.test/);
  });

  test('nothing of it is left under a temporary name', async () => {
    // Some may be written just now.
    await stack.eventually(async () => {
      const hidden = (await readdir(stack.folder)).filter((name) => name.startsWith('.'));
      expect(hidden).toEqual(['.haproxy.cfg.lock']);
    });
  });
});

describe('signals', () => {
  test('SIGHUP reads Marathon again', async () => {
    const asked = stack.sim.requests.get('/v2/apps') ?? 0;
    stack.daemon.kill('SIGHUP');
    await stack.eventually(() => expect(stack.sim.requests.get('/v2/apps') ?? 0).toBeGreaterThan(asked));
  });

  test('SIGUSR1 reloads what is on disk, without asking Marathon', async () => {
    await quiet();
    const asked = stack.sim.requests.get('/v2/apps');
    const text = await stack.configText();
    const rule = '  http-request return status 200 content-type text/plain string by-hand if { path /by-hand }\n';
    await writeFile(stack.config, text.replace('  stats enable\n', `${rule}  stats enable\n`));
    stack.daemon.kill('SIGUSR1');
    const byHand = async () => (await stack.get('/by-hand', { port: stack.ports.stats })).text;
    await stack.eventually(async () => expect(await byHand()).toBe('by-hand'));
    expect(stack.sim.requests.get('/v2/apps')).toBe(asked);
    await writeFile(stack.config, text);
    stack.daemon.kill('SIGUSR1');
    await stack.eventually(async () => expect(await byHand()).not.toBe('by-hand'));
  });

  test('SIGUSR1 with a file that HAProxy refuses: it is said, and what runs stays', async () => {
    await quiet();
    const text = await stack.configText();
    const mark = stack.daemon.mark();
    await writeFile(stack.config, `${text}\nnonsense\n`);
    stack.daemon.kill('SIGUSR1');
    await stack.daemon.until(/nonsense/, mark);
    expect(await stack.get('/', { host: 'steady.test' })).toMatchObject({ app: '/steady' });
    await writeFile(stack.config, text);
  });
});

describe('Marathon fails', () => {
  test.each([
    ['without a leader for a while', () => stack.sim.loseLeader({ ms: 300 })],
    ['answers that end in the middle', () => stack.sim.setFault({ kind: 'truncate', path: '/v2/apps', times: 2 })],
    ['answers that are no JSON', () => stack.sim.setFault({ kind: 'invalid-json', path: '/v2/apps', times: 2 })],
    ['a page instead of an answer', () => stack.sim.setFault({ kind: 'html', path: '/v2/apps', times: 2 })],
    ['503', () => stack.sim.setFault({ kind: 'status', status: 503, path: '/v2/apps', times: 2 })],
  ])('%s: what runs stays, and it is followed again', async (_, fail) => {
    const mark = stack.daemon.mark();
    const before = stack.sim.tasks('/scaled').length;
    fail();
    stack.daemon.kill('SIGHUP');
    await stack.daemon.until(/stays/, mark);
    expect(await stack.get('/', { host: 'steady.test' })).toMatchObject({ app: '/steady' });
    stack.sim.clearFaults();
    const wanted = before === 2 ? 3 : 2;
    await stack.eventually(() => stack.scale('/scaled', wanted));
    await stack.expectServed('/scaled', wanted);
  });

  test('the event stream is cut: it is opened again and everything is read', async () => {
    const mark = stack.daemon.mark();
    stack.sim.closeStreams();
    await stack.daemon.until(/event stream lost/, mark);
    await stack.daemon.until(/event stream of \S+ is open/, mark);
    await stack.scale('/scaled', 1);
    await stack.expectServed('/scaled');
    expect(stack.daemon.text().slice(mark)).not.toMatch(/failed/);
  });

  test('events that come twice and are cut to pieces do no harm', async () => {
    const mark = stack.daemon.mark();
    stack.sim.setStreamFault({ duplicate: true, split: 7 });
    await stack.scale('/scaled', 3);
    await stack.expectServed('/scaled', 3);
    stack.sim.clearFaults();
    expect(stack.daemon.text().slice(mark)).not.toMatch(/failed|no JSON/);
  });
});

async function relabel(labels: Record<string, string>): Promise<void> {
  await stack.change('/relabelled', { labels: { HAPROXY_GROUP: 'external', ...labels } });
}

/** Waits until nothing is under way: nothing was said for a second. The files follow the running HAProxy with some delay. */
async function quiet(): Promise<void> {
  await stack.sim.idle();
  let last = -1;
  let since = 0;
  await stack.eventually(() => {
    const now = stack.daemon.mark();
    if (now !== last) since = performance.now();
    last = now;
    expect(performance.now() - since).toBeGreaterThan(1000);
  });
}
