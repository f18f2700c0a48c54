/** Commands beside a running load balancer: they take all that they need from its process. */
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { app } from '../support/marathon/apps.ts';
import { startContainer } from '../support/program/container.ts';
import { startOnTerminal } from '../support/program/terminal.ts';
import { runProgram } from '../support/program/program.ts';

const login = { user: 'ann', password: 'se:cret' };

test(
  'status, explain and history need no options; history brings a configuration back until Marathon says more',
  { timeout: 60_000 },
  async () => {
    await using container = await startContainer({
      apps: ({ service }) => [app('/shop', service[0]!, { HAPROXY_0_VHOST: 'shop.test' })],
      sim: { basicAuth: login },
      env: () => ({ MARATHON_USER: login.user, MARATHON_PASSWORD: login.password }),
    });
    const { program, folder } = container;
    // Other tests run load balancers on this machine, too.
    const ours = ['--haproxy-config', join(folder, 'work', 'haproxy.cfg')];
    const ask = (...words: string[]) => runProgram([...words, ...ours], { cwd: '/' });
    const put = async (labels: object): Promise<void> => {
      const response = await fetch(`${container.sim.url}/v2/apps//shop`, {
        method: 'PUT',
        headers: { 'content-type': 'application/json', authorization: `Basic ${btoa(`${login.user}:${login.password}`)}` },
        body: JSON.stringify({ labels: { HAPROXY_GROUP: 'external', ...labels } }),
      });
      expect(response.status).toBe(200);
    };
    const isAt = (host: string) => program.eventually(async () => expect((await container.get('/', { host })).app).toBe('/shop'));
    await isAt('shop.test');
    expect(await ask('status')).toMatchObject({
      status: 0,
      out: expect.stringMatching(/^marathon-lb \S+: ready, no problems\n/),
    });
    await using watched = startOnTerminal(['status', '--watch', ...ours]);
    await watched.until(/ready, no problems[^]*ready, no problems/);
    watched.type('\u0003');
    expect(await watched.ended).toBe(0);
    const explained = await ask('explain', 'app', '/shop');
    expect(explained).toMatchObject({ status: 0, err: '', out: expect.stringContaining('from host shop.test') });

    await put({ HAPROXY_0_VHOST: 'new.test' });
    await isAt('new.test');
    const passes = async () =>
      (await ask('history', '--json')).out
        .trim()
        .split('\n')
        .map((line) => JSON.parse(line) as { pass: number; outcome: string; archived?: string[] });
    const reloads = (await passes()).filter(({ outcome, archived }) => outcome === 'reload' && archived !== undefined);
    const [before, after] = reloads.slice(-2);
    expect((await ask('history')).out).toContain(`    archived before: ${after?.archived?.join(', ')}\n`);
    const restored = await ask('history', '--restore', String(before?.pass));
    expect(restored).toMatchObject({ status: 0, err: '' });
    expect(restored.out).toMatch(
      /is back \(archive\/haproxy\.cfg\.\w+\), .*\nThe tasks of each service are those of now.\nIt holds until Marathon reports a change, and for 300 s at most/,
    );
    await isAt('shop.test');
    await program.eventually(async () => {
      const ready = JSON.parse((await container.stats('/_mlb/ready')).text) as object;
      expect(ready).toMatchObject({ ready: true, foreign: expect.stringContaining('not what Marathon says') });
    });
    expect((await ask('status')).out).toContain('HAProxy runs files that were put there by hand');
    const meanwhile = await ask('explain', 'app', '/shop');
    expect(meanwhile).toMatchObject({
      status: 1,
      out: expect.stringContaining('HAProxy runs files that were put there by hand'),
    });

    await put({ HAPROXY_0_VHOST: 'newer.test' });
    await isAt('newer.test');
    await program.eventually(async () => {
      expect(JSON.parse((await container.stats('/_mlb/ready')).text)).not.toHaveProperty('foreign');
    });
    expect(await ask('history', '--restore', '99999')).toMatchObject({
      status: 2,
      err: expect.stringContaining('there is no pass 99999'),
    });
  },
);
