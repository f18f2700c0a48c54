import { generateKeyPairSync } from 'node:crypto';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { SignJWT } from 'jose';
import { expect, test } from 'vitest';
import { startSim } from '../start.ts';

const DELAYS = { deployment: 2, offer: 2, executor: 2, startup: 2, kill: 2, stop: 5 };
const APPS = [{ id: '/a', instances: 1, healthChecks: [{ path: '/', gracePeriodSeconds: 0, intervalSeconds: 2 }] }];

test('requests fail as told, so often as told, and then no more', async () => {
  await using sim = await startSim({ tasks: 'none', apps: APPS });
  const get = async (): Promise<[number, string]> => {
    const response = await fetch(`${sim.url}/v2/apps`);
    return [response.status, await response.text()];
  };
  sim.setFault({ kind: 'status', status: 503, times: 2 });
  expect(await get()).toEqual([503, expect.stringContaining('<html>')]);
  expect((await get())[0]).toBe(503);
  sim.setFault({ kind: 'status', status: 401, message: 'no' });
  expect(await get()).toEqual([401, '{"message":"no"}']);
  sim.setFault({ kind: 'empty-apps' });
  expect(await get()).toEqual([200, '{"apps":[]}']);
  sim.setFault({ kind: 'invalid-json' });
  expect(await get()).toEqual([200, '{"apps":[{"id":"/broken",']);
  sim.setFault({ kind: 'html' });
  expect((await get())[1]).toContain('<html>');
  sim.setFault({ kind: 'truncate' });
  await expect(get()).rejects.toThrow('terminated');
  sim.setFault({ kind: 'reset' });
  await expect(get()).rejects.toThrow('fetch failed');
  const [status, text] = await get();
  expect([status, (JSON.parse(text) as { apps: unknown[] }).apps.length]).toEqual([200, 1]);
});

test('a lost leader forgets the results of health checks until they were asked again', async () => {
  await using sim = await startSim({ delays: DELAYS, speed: 20, apps: APPS });
  await sim.idle();
  expect(sim.tasks('/a')[0]?.health[0]?.alive).toBe(true);
  sim.loseLeader({ ms: 0 });
  const { app } = (await (await fetch(`${sim.url}/v2/apps/a`)).json()) as { app: { tasks: { healthCheckResults: unknown[] }[] } };
  expect(app.tasks[0]?.healthCheckResults).toEqual([]);
  await sim.until(() => sim.tasks('/a')[0]?.health[0]?.alive === true);
});

test('a crash relaunches the instance with the next incarnation after the back-off; the dead task stays listed', async () => {
  await using sim = await startSim({ delays: DELAYS, speed: 5, apps: [{ id: '/a', backoffSeconds: 1 }] });
  await sim.idle();
  const [task] = sim.tasks('/a');
  sim.crash(task!.id);
  await sim.until(() => task!.instance.condition === 'Scheduled');
  const { app } = (await (await fetch(`${sim.url}/v2/apps/a`)).json()) as { app: { tasks: object[]; lastTaskFailure: object } };
  expect(app.tasks).toMatchObject([{ id: task!.id, state: 'TASK_FAILED', ports: [] }]);
  expect(app.tasks[0]).not.toHaveProperty('version');
  expect(app.lastTaskFailure).toMatchObject({ taskId: task!.id, message: 'Command exited with status 1' });
  await sim.idle();
  expect(sim.tasks('/a')).toMatchObject([{ id: task!.id.replace(/1$/, '2'), state: 'TASK_RUNNING' }]);
});

test('a task that is being killed still serves until it ends', async () => {
  await using sim = await startSim({ delays: { ...DELAYS, stop: 200 }, apps: [{ id: '/a' }] });
  await sim.idle();
  const [task] = sim.tasks('/a');
  const url = `http://${task!.host}:${task!.ports[0]}/some/path`;
  await fetch(`${sim.url}/v2/apps/a`, { method: 'DELETE' });
  await sim.until(() => task!.state === 'TASK_KILLING');
  expect(await (await fetch(url)).json()).toMatchObject({ app: '/a', task: task!.id, path: '/some/path' });
  await sim.idle();
  await expect(fetch(url)).rejects.toThrow('fetch failed');
});

test('tasks on every network answer where Marathon says they are', async () => {
  const portMappings = [{ containerPort: 18_080 }, { containerPort: 18_081, hostPort: 0 }];
  const apps = [
    { id: '/host', portDefinitions: [{ port: 0 }, { port: 0 }] },
    {
      id: '/bridge',
      networks: [{ mode: 'container/bridge' }],
      container: { type: 'DOCKER', docker: { image: 'x' }, portMappings },
    },
    { id: '/own', networks: [{ mode: 'container', name: 'dcos' }], container: { type: 'MESOS', portMappings } },
  ];
  await using sim = await startSim({ delays: DELAYS, apps });
  await sim.idle();
  const [host, bridge, own] = ['/host', '/bridge', '/own'].map((id) => sim.tasks(id)[0]!);
  expect([host!.ports.length, bridge!.ports.length, own!.ports.length]).toEqual([2, 2, 1]);
  const addresses = [
    `${host!.host}:${host!.ports[1]}`,
    `${bridge!.host}:${bridge!.ports[0]}`,
    `${own!.ownAddress}:18080`,
    `${own!.host}:${own!.ports[0]}`,
  ];
  const answers = await Promise.all(
    addresses.map(async (address) => ((await (await fetch(`http://${address}/`)).json()) as { app: string }).app),
  );
  expect(answers).toEqual(['/host', '/bridge', '/own', '/own']);
});

test('basic authentication guards every path but the controls; a base path is kept', async () => {
  await using sim = await startSim({ tasks: 'none', basicAuth: { user: 'u', password: 'p' }, basePath: '/service/marathon' });
  expect(sim.url).toMatch(/\/service\/marathon$/);
  const refused = await fetch(`${sim.url}/ping`);
  expect([refused.status, refused.headers.get('www-authenticate')]).toEqual([401, 'basic realm="Mesosphere"']);
  const headers = { authorization: `Basic ${Buffer.from('u:p').toString('base64')}` };
  expect(await (await fetch(`${sim.url}/ping`, { headers })).text()).toBe('pong');
  expect((await fetch(new URL('/ping', sim.url), { headers })).status).toBe(404);
  expect((await fetch(new URL('/_sim/tasks', sim.url))).status).toBe(200);
});

test('a DC/OS login takes a token signed by the service account, and gives one that ends', async () => {
  const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  let now = Date.now();
  const clock = { now: () => now, sleep: async () => {} };
  await using sim = await startSim({ tasks: 'none', clock, acs: { uid: 'mlb', publicKey, expiresInSeconds: 60 } });
  const login = async (uid: string): Promise<Response> => {
    const token = await new SignJWT({ uid, exp: Math.floor(now / 1000) + 60 })
      .setProtectedHeader({ alg: 'RS256' })
      .sign(privateKey);
    return fetch(`${sim.url}/acs/api/v1/auth/login`, { method: 'POST', body: JSON.stringify({ uid, token }) });
  };
  expect((await login('other')).status).toBe(401);
  const { token } = (await (await login('mlb')).json()) as { token: string };
  const apps = async (): Promise<number> =>
    (await fetch(`${sim.url}/v2/apps`, { headers: { authorization: `token=${token}` } })).status;
  expect(await apps()).toBe(200);
  now += 61_000;
  expect(await apps()).toBe(401);
});

test('profile 1.4 calls subscribers back and knows the old ids', async () => {
  const bodies: { eventType: string; instanceId?: string }[] = [];
  const receiver = createServer((request, response) => {
    let text = '';
    request.on('data', (chunk) => (text += String(chunk)));
    request.on('end', () => {
      bodies.push(JSON.parse(text) as { eventType: string });
      response.end();
    });
  });
  await new Promise<void>((resolve) => receiver.listen(0, '127.0.0.1', resolve));
  try {
    await using sim = await startSim({ profile: '1.4', delays: DELAYS });
    const callbackUrl = `http://127.0.0.1:${(receiver.address() as AddressInfo).port}/cb`;
    const path = `${sim.url}/v2/eventSubscriptions`;
    expect(
      await (await fetch(`${path}?callbackUrl=${encodeURIComponent(callbackUrl)}`, { method: 'POST' })).json(),
    ).toMatchObject({ callbackUrl });
    expect(await (await fetch(path)).json()).toEqual({ callbackUrls: [callbackUrl] });
    await fetch(`${sim.url}/v2/apps`, { method: 'POST', body: JSON.stringify({ id: '/a/b', ports: [0] }) });
    await expect.poll(() => bodies.map((body) => body.eventType)).toContain('deployment_success');
    expect(sim.tasks()[0]?.id).toMatch(/^a_b\.[0-9a-f]{8}-/);
    expect(bodies.find((body) => body.instanceId)?.instanceId).toMatch(/^a_b\.marathon-/);
  } finally {
    receiver.closeAllConnections();
    receiver.close();
  }
});
