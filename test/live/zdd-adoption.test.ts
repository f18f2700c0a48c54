import { describe, expect, test } from 'vitest';
import { type Deploys, events, useDeploys, writes } from '../support/deploys.ts';

/** An app that was put there by hand, with the labels that the guide asks for, on two HAProxys. */
async function putByHand({ pair, definition }: Deploys, name: string): Promise<object> {
  const app = definition(name, { instances: 2 });
  await pair.first.marathon('POST', '/v2/apps', app);
  await pair.first.sim.idle();
  for (const stack of [pair.first, pair.second]) {
    await stack.eventually(async () => {
      expect(await stack.get('/', { host: `${name}.test` })).toMatchObject({ status: 200 });
    });
  }
  return app;
}

/** The apps that are left of the group, with their instances, and what runs of each: both in the end, when Marathon is idle. */
async function expectLeft({ pair, sides }: Deploys, name: string, left: Readonly<Record<string, number>>): Promise<void> {
  await sides(name);
  const { apps } = (await pair.first.marathon('GET', '/v2/apps')) as { apps: { id: string; instances: number }[] };
  const ids = ['', '-blue', '-green'].map((colour) => `/${name}${colour}`);
  const instances = apps.flatMap(({ id, ...app }) => (ids.includes(id) ? [[id, app.instances] as const] : []));
  const running = ids.flatMap((id) => {
    const count = pair.first.sim.tasks(id).filter(({ state }) => state === 'TASK_RUNNING').length;
    return count === 0 ? [] : [[id, count] as const];
  });
  const expected = Object.fromEntries(Object.entries(left).map(([suffix, count]) => [`/${name}${suffix}`, count]));
  expect({ instances: Object.fromEntries(instances), running: Object.fromEntries(running) }).toEqual({
    instances: expected,
    running: expected,
  });
}

describe.concurrent('no request fails while an app that was put there by hand is adopted', { timeout: 90_000 }, () => {
  const deploys = useDeploys();

  test.sequential('at once', async () => {
    const all = deploys();
    const app = await putByHand(all, 'plain');
    await all.underTraffic('plain.test', async () => {
      expect(writes(await all.run(app))).toContain('delete');
      await expectLeft(all, 'plain', { '-blue': 2 });
    });
  });

  test.sequential.each([
    ['--complete-cur', { '-blue': 2 }],
    ['--complete-prev', { '': 2 }],
    ['--rollback', { '': 2 }],
  ] as const)('side by side, then %s', async (mode, left) => {
    const all = deploys();
    const name = `split${mode}`;
    const app = await putByHand(all, name);
    await all.underTraffic(`${name}.test`, async () => {
      await all.run(app, '--new-instances', '1');
      await expectLeft(all, name, { '-blue': 1, '': 1 });
      await all.run(app, mode);
      await expectLeft(all, name, left);
    });
  });
});

describe.concurrent('no request fails while the adoption of an app is', { timeout: 90_000 }, () => {
  const deploys = useDeploys();

  test.sequential.each([
    ['create', '--resume', { '-blue': 2 }],
    ['create', '--rollback', { '': 2 }],
    ['write', '--resume', { '-blue': 2 }],
    ['write', '--rollback', { '': 2 }],
  ] as const)('killed after its first %s, then given %s', async (change, mode, left) => {
    const all = deploys();
    const name = `${change}${mode}`;
    const app = await putByHand(all, name);
    await all.underTraffic(`${name}.test`, async () => {
      const program = await all.pair.zdd(app);
      await program.until(new RegExp(`"type":"${change}"`));
      program.kill('SIGKILL');
      const { status, out } = await program.ended;
      // By the signal, with both apps there.
      expect(status).toBe(-1);
      const told = events(out).filter(({ type }) => ['create', 'write', 'end'].includes(type));
      expect(told.map(({ type }) => type)).toEqual(change === 'create' ? ['create'] : expect.not.arrayContaining(['end']));
      expect(writes(told)).not.toContain('delete');
      await all.run(app, mode);
      await expectLeft(all, name, left);
    });
  });
});
