/** Pages whose name leads to the load balancer suddenly (DNS rebinding): browsers may use its endpoints by its own names only. */
import { expect, test } from 'vitest';
import { startContainer } from '../support/program/container.ts';
import { HAPROXIES } from '../support/haproxy/haproxies.ts';

/** Each with the status for a browser and for a tool such as curl. */
const names = [
  ['lb.example.com', 200, 200],
  ['LB.example.com:9090', 200, 200],
  ['10.0.0.1:9090', 200, 200],
  ['[fd00::1]:9090', 200, 200],
  ['localhost:9090', 200, 200],
  ['lb-1', 200, 200],
  ['marathon-lb.marathon.mesos:9090', 200, 200],
  ['evil.example', 403, 200],
  ['evil.example:9090', 403, 200],
  ['lbxexample.com', 403, 200],
  ['lb.example.com.evil.example', 403, 200],
  ['evilmesos.example', 403, 200],
] as const;

test.each(HAPROXIES)('%s: with --admin-hosts all of the port of the statistics', async (haproxy) => {
  await using container = await startContainer({ haproxy, args: () => ['--admin-hosts', 'lb.example.com'] });
  const { program } = container;
  await program.eventually(async () => {
    expect(await container.stats('/_mlb/ready')).toMatchObject({ status: 200 });
  });
  for (const path of ['/_haproxy_getconfig', '/haproxy?stats', '/metrics', '/_mlb/api/status', '/_mlb/metrics']) {
    const found = await Promise.all(
      names.map(async ([host]) => {
        const browser = await container.stats(path, { headers: { host, 'accept-language': 'en' } });
        return [host, browser.status, (await container.stats(path, { headers: { host } })).status];
      }),
    );
    expect([path, found]).toEqual([path, names]);
  }
});

test('without it only the endpoints that 1.15 does not have', async () => {
  await using container = await startContainer();
  await container.program.eventually(async () => {
    expect(await container.stats('/_mlb/ready')).toMatchObject({ status: 200 });
  });
  const headers = { host: 'evil.example', 'accept-language': 'en' };
  expect((await container.stats('/_haproxy_getconfig', { headers })).status).toBe(200);
  expect((await container.stats('/_mlb/api/status', { headers })).status).toBe(403);
});
