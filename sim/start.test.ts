import { describe, expect, test } from 'vitest';
import type { SimOptions } from './options.ts';
import { startSim, type Sim } from './start.ts';

const QUICK: SimOptions = {
  seed: 1,
  speed: 100,
  delays: { deployment: 5, offer: 5, executor: 5, startup: 5, kill: 2, stop: 15 },
};
const CHECK = {
  protocol: 'HTTP',
  path: '/health',
  portIndex: 0,
  gracePeriodSeconds: 0,
  intervalSeconds: 2,
  timeoutSeconds: 5,
  maxConsecutiveFailures: 3,
};

interface Reply {
  status: number;
  headers: Headers;
  body: any; // oxlint-disable-line typescript/no-explicit-any
}

async function call(sim: { url: string }, method: string, path: string, body?: unknown): Promise<Reply> {
  const init = body === undefined ? {} : { body: JSON.stringify(body), headers: { 'content-type': 'application/json' } };
  const response = await fetch(sim.url + path, { method, redirect: 'manual', ...init });
  const text = await response.text();
  return {
    status: response.status,
    headers: response.headers,
    body: text.startsWith('{') || text.startsWith('[') ? JSON.parse(text) : text,
  };
}

const types = (sim: Sim): string[] => sim.events.map((event) => event.eventType);

describe('what real Marathon would pass', () => {
  test('1: service port 0 becomes 10000, the next 10001; the reply to POST still shows 0; PUT with 0 keeps it', async () => {
    await using sim = await startSim(QUICK);
    const created = await call(sim, 'POST', '/v2/apps', { id: '/a', instances: 0 });
    expect(created.status).toBe(201);
    expect(created.body.portDefinitions[0].port).toBe(0);
    expect(created.body).not.toHaveProperty('versionInfo');
    expect(created.headers.get('marathon-deployment-id')).toBe(created.body.deployments[0].id);
    await call(sim, 'POST', '/v2/apps', { id: 'b', instances: 0 });
    const port = async (id: string): Promise<number> =>
      (await call(sim, 'GET', `/v2/apps${id}`)).body.app.portDefinitions[0].port;
    expect([await port('/a'), await port('/b')]).toEqual([10_000, 10_001]);
    await sim.idle();
    await call(sim, 'PUT', '/v2/apps/a', { portDefinitions: [{ port: 0, name: 'renamed' }] });
    expect(await port('/a')).toBe(10_000);
  });

  test('2: a scale keeps the old tasks and lastConfigChangeAt', async () => {
    await using sim = await startSim({ ...QUICK, apps: [{ id: '/a', instances: 1 }] });
    await sim.idle();
    const before = (await call(sim, 'GET', '/v2/apps/a')).body.app;
    expect((await call(sim, 'PUT', '/v2/apps/a', { instances: 3 })).status).toBe(200);
    await sim.idle();
    const after = (await call(sim, 'GET', '/v2/apps/a')).body.app;
    expect(after.tasks).toHaveLength(3);
    expect(after.tasks.find((task: { id: string }) => task.id === before.tasks[0].id).version).toBe(before.version);
    expect(after.version > before.version).toBe(true);
    expect(after.versionInfo.lastConfigChangeAt).toBe(before.versionInfo.lastConfigChangeAt);
  });

  test('3: new labels replace all tasks, never more than 2n, never fewer than n healthy', async () => {
    await using sim = await startSim({ ...QUICK, apps: [{ id: '/a', instances: 3, healthChecks: [CHECK] }] });
    await sim.idle();
    const before = sim.tasks('/a').map((task) => task.id);
    let [most, fewest] = [0, 99];
    const watching = new AbortController();
    const watch = sim.until(() => {
      const tasks = sim.tasks('/a');
      most = Math.max(most, tasks.length);
      const serving = tasks.filter((task) => task.state === 'TASK_RUNNING' && task.health[0]?.alive);
      fewest = Math.min(fewest, serving.length);
      return false;
    }, watching.signal);
    await call(sim, 'PUT', '/v2/apps/a', { labels: { HAPROXY_GROUP: 'x' } });
    await sim.idle();
    watching.abort(new Error('seen enough'));
    await expect(watch).rejects.toThrow('seen enough');
    const after = sim.tasks('/a').map((task) => task.id);
    expect(after).toHaveLength(3);
    expect(after.filter((id) => before.includes(id))).toEqual([]);
    expect(most).toBeGreaterThan(3);
    expect(most).toBeLessThanOrEqual(6);
    expect(fewest).toBe(3);
  });

  test('4: a locked app is 409 with the deployment; force cancels it', async () => {
    await using sim = await startSim({ ...QUICK, apps: [{ id: '/a' }] });
    await sim.idle();
    sim.setOffers(false);
    const first = await call(sim, 'PUT', '/v2/apps/a', { instances: 2 });
    const locked = await call(sim, 'PUT', '/v2/apps/a', { instances: 3 });
    expect(locked.status).toBe(409);
    expect(locked.body.deployments).toEqual([{ id: first.body.deploymentId }]);
    expect(types(sim)).toContain('group_change_failed');
    const forced = await call(sim, 'PUT', '/v2/apps/a?force=true', { instances: 3 });
    expect(forced.status).toBe(200);
    expect(sim.events.find((event) => event.eventType === 'deployment_failed')).toMatchObject({
      id: first.body.deploymentId,
      reason: 'The upgrade has been cancelled',
    });
    sim.setOffers(true);
    await sim.idle();
    expect(sim.tasks('/a')).toHaveLength(3);
  });

  test('4b: a forced change while the last one has started a task that does not run yet', async () => {
    await using sim = await startSim({ ...QUICK, delays: { ...QUICK.delays, startup: 200 }, apps: [{ id: '/a' }] });
    await sim.idle();
    await call(sim, 'PUT', '/v2/apps/a', { labels: { X: '1' } });
    await expect.poll(() => sim.tasks('/a').length).toBe(2);
    const forced = await call(sim, 'PUT', '/v2/apps/a?force=true', { labels: { X: '2' } });
    await sim.idle();
    expect((await call(sim, 'GET', '/v2/apps/a')).body.app).toMatchObject({ version: forced.body.version, tasksRunning: 1 });
    expect(sim.tasks('/a')).toHaveLength(1);
  });

  test('5: kill with scale takes exactly the named tasks; unknown ids are no error', async () => {
    await using sim = await startSim({ ...QUICK, apps: [{ id: '/a', instances: 5 }] });
    await sim.idle();
    const all = sim.tasks('/a').map((task) => task.id);
    const ids = [all[1]!, all[3]!];
    expect(
      (
        await call(sim, 'POST', '/v2/tasks/delete?scale=true', {
          ids: [...ids, 'a.instance-0a0e0d5c-0843-41e5-8d6b-56847afe9799._app.1'],
        })
      ).status,
    ).toBe(200);
    await sim.idle();
    expect(sim.tasks('/a').map((task) => task.id)).toEqual(all.filter((id) => !ids.includes(id)));
    expect((await call(sim, 'GET', '/v2/apps/a')).body.app.instances).toBe(3);
    expect((await call(sim, 'POST', '/v2/tasks/delete?scale=true', { ids: ['a.instance-x'] })).status).toBe(200);
    expect((await call(sim, 'POST', '/v2/tasks/delete?scale=true&wipe=true', { ids: [] })).status).toBe(400);
  });

  test('6: DELETE of a deployment rolls back; with force it only stops', async () => {
    await using sim = await startSim({ ...QUICK, apps: [{ id: '/a' }] });
    await sim.idle();
    sim.setOffers(false);
    const { deploymentId } = (await call(sim, 'PUT', '/v2/apps/a', { instances: 4 })).body;
    const back = await call(sim, 'DELETE', `/v2/deployments/${deploymentId}`);
    expect(back.status).toBe(200);
    expect(back.body.deploymentId).not.toBe(deploymentId);
    await sim.idle();
    expect((await call(sim, 'GET', '/v2/apps/a')).body.app.instances).toBe(1);
    const second = (await call(sim, 'PUT', '/v2/apps/a', { instances: 4 })).body.deploymentId;
    const stopped = await call(sim, 'DELETE', `/v2/deployments/${second}?force=true`);
    expect([stopped.status, stopped.body]).toEqual([202, '']);
    expect((await call(sim, 'GET', '/v2/deployments')).body).toEqual([]);
    expect((await call(sim, 'GET', '/v2/apps/a')).body.app.instances).toBe(4);
    expect((await call(sim, 'DELETE', '/v2/deployments/abc')).body).toEqual({ message: 'DeploymentPlan abc does not exist' });
  });

  test('8: a standby gives the same answers with Via, and redirects the event stream', async () => {
    await using sim = await startSim({ ...QUICK, apps: [{ id: '/a' }] });
    await sim.idle();
    const standby = await sim.startStandby();
    const [own, passed] = [await call(sim, 'GET', '/v2/apps'), await call(standby, 'GET', '/v2/apps')];
    expect(passed.body).toEqual(own.body);
    expect(passed.headers.get('x-marathon-via')).toContain(standby.host);
    expect(own.headers.get('x-marathon-via')).toBeNull();
    const stream = await call(standby, 'GET', '/v2/events?event_type=a');
    expect([stream.status, stream.headers.get('location')]).toEqual([302, `${sim.url}/v2/events?event_type=a`]);
  });

  test('9: the kill comes on failure 4 of 3 allowed ones; a new incarnation follows', async () => {
    await using sim = await startSim({ ...QUICK, apps: [{ id: '/a', healthChecks: [CHECK] }] });
    await sim.idle();
    const id = sim.tasks('/a')[0]!.id;
    sim.setHealth(id, false);
    await sim.until(() => sim.tasks('/a').some((task) => task.id !== id && task.health[0]?.alive === true));
    const seen = types(sim);
    expect(
      seen.slice(0, seen.indexOf('unhealthy_instance_kill_event')).filter((type) => type === 'failed_health_check_event'),
    ).toHaveLength(4);
    expect(sim.tasks('/a')[0]!.id).toBe(id.replace(/1$/, '2'));
  });

  test('9: a failure inside the grace period shows, counts as unhealthy, and kills nothing', async () => {
    const slow = { ...CHECK, gracePeriodSeconds: 10_000, maxConsecutiveFailures: 1 };
    await using sim = await startSim({ ...QUICK, apps: [{ id: '/a', healthChecks: [slow], env: { SIM_HEALTH: 'fail' } }] });
    await sim.until(() => sim.tasks('/a')[0]?.health[0] !== undefined);
    await sim.until(() => (sim.tasks('/a')[0]?.server?.requests ?? 0) >= 4);
    const { app } = (await call(sim, 'GET', '/v2/apps/a')).body;
    const { instanceId, ...result } = app.tasks[0].healthCheckResults[0];
    expect(result).toEqual({ alive: false, consecutiveFailures: 0 });
    expect(app.tasks[0].id.startsWith(instanceId)).toBe(true);
    expect(app.tasksUnhealthy).toBe(1);
    expect(types(sim)).not.toContain('failed_health_check_event');
    expect(
      sim.events.filter((event) => event.eventType === 'instance_health_changed_event').map((event) => event['healthy']),
    ).toEqual([false]);
  });

  test('10: deleting the last app leaves no apps; the group stays', async () => {
    await using sim = await startSim({ ...QUICK, apps: [{ id: '/g/a' }] });
    await sim.idle();
    await call(sim, 'DELETE', '/v2/apps/g/a');
    expect((await call(sim, 'GET', '/v2/apps')).body).toEqual({ apps: [] });
    await sim.idle();
    expect((await call(sim, 'GET', '/v2/groups')).body.groups.map((group: { id: string }) => group.id)).toEqual(['/g']);
    expect(types(sim)).toContain('app_terminated_event');
  });
});

describe('shapes', () => {
  test('the events of a new app come in the order of a recorded life', async () => {
    await using sim = await startSim(QUICK);
    await call(sim, 'POST', '/v2/apps', { id: '/shop/web', healthChecks: [CHECK] });
    await sim.idle();
    const told = sim.events.map((event) =>
      [event.eventType, event['condition'] ?? event['taskStatus']].filter(Boolean).join(' '),
    );
    expect(told).toEqual([
      'group_change_success',
      'api_post_event',
      'deployment_info',
      'add_health_check_event',
      'deployment_step_success',
      'deployment_info',
      'instance_changed_event Scheduled',
      'instance_changed_event Provisioned',
      'status_update_event TASK_STARTING',
      'instance_changed_event Starting',
      'status_update_event TASK_RUNNING',
      'instance_changed_event Running',
      'health_status_changed_event',
      'instance_health_changed_event',
      'deployment_step_success',
      'deployment_success',
    ]);
  });
});

test('standing apps run beside the others, as data and without an event', async () => {
  await using sim = await startSim({ speed: 50, apps: [{ id: '/real' }], standing: [{ id: '/data', instances: 3 }] });
  const data = sim.tasks('/data');
  expect(data.map(({ state }) => state)).toEqual(['TASK_RUNNING', 'TASK_RUNNING', 'TASK_RUNNING']);
  expect(data.some(({ server }) => server)).toBe(false);
  await sim.idle();
  expect(sim.tasks('/real').map(({ server }) => server?.ports.length)).toEqual([1]);
  expect(sim.events.filter((event) => JSON.stringify(event).includes('/data'))).toEqual([]);
});
