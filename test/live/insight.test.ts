import { once } from 'node:events';
import { stat } from 'node:fs/promises';
import { type AddressInfo, createServer } from 'node:net';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { app } from '../support/marathon/apps.ts';
import { HAPROXIES } from '../support/haproxy/haproxies.ts';
import { startProgram } from '../support/program/program.ts';
import { startStack, type Stack } from '../support/program/stack.ts';

describe.each(HAPROXIES)('%s', (haproxy) => {
  let stack: Stack;
  beforeAll(async () => {
    stack = await startStack({
      haproxy,
      apps: ({ service }) => [
        app('/shop', service[0]!, { HAPROXY_0_VHOST: 'shop.test' }),
        app('/bad', service[1]!, { HAPROXY_0_BACKEND_WEIGHT: 'heavy' }),
        app('/inside', service[2]!, { HAPROXY_GROUP: 'internal' }),
      ],
    });
    await stack.sim.idle();
    await stack.eventually(isServed);
  });
  const isServed = async (): Promise<void> => {
    const { status } = await stack.get('/', { host: 'shop.test' });
    if (status !== 200) throw new Error(`status ${status}`);
  };
  afterAll(() => stack?.[Symbol.asyncDispose]());

  const stats = (path: string) => stack.get(path, { port: stack.ports.stats });
  const ended = async (...args: string[]) => {
    await using program = startProgram([...args], { cwd: stack.folder });
    return await program.ended;
  };
  const history = async (...args: string[]) => (await ended('history', '--state-dir', join(stack.folder, 'state'), ...args)).out;

  test('its own endpoints are reachable beside those of HAProxy', async () => {
    await stack.eventually(async () => {
      const ready = await stats('/_mlb/ready');
      expect([ready.status, JSON.parse(ready.text)]).toEqual([200, { ready: true, reasons: [], problems: 1 }]);
    });
    expect(JSON.parse((await stats('/_mlb/health')).text)).toMatchObject({ status: 'ok' });
    const metrics = (await stats('/_mlb/metrics')).text;
    expect(metrics).toContain('\nmarathon_lb_services 1\n');
    expect(metrics).toContain('\nmarathon_lb_servers{state="ready"} 1\n');
    expect(metrics).toContain('\nmarathon_lb_problems{code="label-malformed"} 1\n');
    expect(metrics).toMatch(/\nmarathon_lb_haproxy_old_workers \d+\n/);
    expect((await stats('/haproxy?stats')).text).toContain('Statistics Report');
    expect((await stats('/metrics')).text).toContain('haproxy_process_');
    expect((await stats('/_haproxy_health_check')).status).toBe(200);
    expect((await stats('/other')).status).toBe(503);
  });

  test('the history says what was done and why', async () => {
    await stack.scale('/shop', 2);
    await stack.sim.idle();
    const port = stack.ports.service[0];
    const line = new RegExp(`^ {4}server \\+ 127\\.0\\.0\\.\\d:\\d+ to /shop:${port}$`, 'm');
    await stack.eventually(async () => expect(await history('--app', '/shop')).toMatch(line));
    expect(stack.daemon.text()).toMatch(new RegExp(`: server \\+ \\S+ to /shop:${port} → `));
    expect(await history('--diff', '1')).toMatch(/^\+backend shop_\d+$/m);
    expect(await history()).toMatch(/problem: app \/bad: HAPROXY_0_BACKEND_WEIGHT is "heavy"/);
    const [last] = (await history('--app', '/shop', '--json', '--last', '1')).split('\n');
    const { pass } = JSON.parse(last!) as { pass: number };
    expect(await history('--diff', String(pass))).toMatch(/^=== backend shop_\d+\n\+ {2}server /);
    expect((await stat(join(stack.folder, 'state', 'journal.jsonl'))).mode & 0o777).toBe(0o600);
  });

  test('explains an app and a URL from the options of the load balancer', async () => {
    // The ports that it is not told are the defaults: another program may have one.
    await using other = createServer().listen(0);
    await once(other, 'listening');
    const options = [
      '--stats-port',
      String((other.address() as AddressInfo).port),
      '--marathon',
      stack.sim.url,
      '--group',
      'external',
      '--haproxy-config',
      stack.config,
      '--haproxy-binary',
      haproxy,
    ];
    const explain = (...args: string[]) =>
      ended(
        'explain',
        ...args,
        ...options,
        '--http-port',
        String(stack.ports.http),
        '--ssl-certs',
        join(stack.folder, 'one.test.pem'),
      );
    const inside = await explain('app', '/inside');
    expect([inside.status, inside.err]).toEqual([1, '']);
    expect(inside.out).toMatch(/^\/inside is not served\n.*\n {2}group internal is not in external/);
    const url = await explain('url', `http://shop.test:${stack.ports.http}/x`);
    expect(url.out).toMatch(/marathon_http_in listens/);
    expect(url.out).toMatch(/\/shop: .* — compares the whole Host header/);
    // HAProxy agrees.
    const { status } = await stack.get('/x', { host: `shop.test:${stack.ports.http}` });
    expect([url.status, status]).toEqual([1, 503]);
    const usage = await explain('url', 'ftp://x');
    expect([usage.status, usage.out]).toEqual([2, '']);
    expect(usage.err).toContain("'ftp://x' is no URL");
  });
});
