import { describe, expect, test } from 'vitest';
import { type Deploys, events, useDeploys, writes } from '../support/deploy/deploys.ts';

/** An app that was put there by hand, with the labels that the guide asks for, on two HAProxys. */
async function putByHand({ pair, definition }: Deploys, name: string): Promise<object> {
  const app = definition(name, { instances: 2 });
  await pair.first.create(app);
  await pair.first.sim.idle();
  for (const stack of [pair.first, pair.second]) {
    await stack.eventually(async () => {
      expect(await stack.get('/', { host: `${name}.test` })).toMatchObject({ status: 200 });
    });
  }
  return app;
}

/** Returns the apps that are left of the group when Marathon is idle, by their suffix: their instances, and the tasks that run. */
async function leftOf({ pair, sides }: Deploys, name: string): Promise<Record<string, [instances: number, running: number]>> {
  await sides(name);
  const { apps } = (await pair.first.marathon('GET', '/v2/apps')) as { apps: { id: string; instances: number }[] };
  const left = ['', '-blue', '-green'].map((suffix) => {
    const id = `/${name}${suffix}`;
    const instances = apps.find((app) => app.id === id)?.instances ?? 0;
    const running = pair.first.sim.tasks(id).filter(({ state }) => state === 'TASK_RUNNING').length;
    return [suffix, [instances, running] as [number, number]] as const;
  });
  return Object.fromEntries(left.filter(([, counts]) => counts.some((count) => count > 0)));
}

describe.concurrent('no request fails while an app that was put there by hand is adopted', { timeout: 90_000 }, () => {
  const deploys = useDeploys();

  test.sequential('at once', async () => {
    const all = deploys();
    const app = await putByHand(all, 'plain');
    await all.underTraffic('plain.test', async () => {
      expect(writes(await all.run(app))).toContain('delete');
      expect(await leftOf(all, 'plain')).toEqual({ '-blue': [2, 2] });
    });
  });

  test.sequential.each([
    ['--complete-cur', { '-blue': [2, 2] }],
    ['--complete-prev', { '': [2, 2] }],
    ['--rollback', { '': [2, 2] }],
  ] as const)('side by side, then %s', async (mode, left) => {
    const all = deploys();
    const name = `split${mode}`;
    const app = await putByHand(all, name);
    await all.underTraffic(`${name}.test`, async () => {
      await all.run(app, '--new-instances', '1');
      expect(await leftOf(all, name)).toEqual({ '-blue': [1, 1], '': [1, 1] });
      await all.run(app, mode);
      expect(await leftOf(all, name)).toEqual(left);
    });
  });
});

describe.concurrent('no request fails while the adoption of an app is', { timeout: 90_000 }, () => {
  const deploys = useDeploys();

  test.sequential.each([
    ['create', '--resume', { '-blue': [2, 2] }, ['create']],
    ['create', '--rollback', { '': [2, 2] }, ['create']],
    ['write', '--resume', { '-blue': [2, 2] }, ['create', 'write']],
    ['write', '--rollback', { '': [2, 2] }, ['create', 'write']],
  ] as const)('killed after its first %s, then given %s', async (change, mode, left, changes) => {
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
      expect([...new Set(told.map(({ type }) => type))]).toEqual(changes);
      expect(writes(told)).not.toContain('delete');
      await all.run(app, mode);
      expect(await leftOf(all, name)).toEqual(left);
    });
  });
});
