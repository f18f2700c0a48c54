import { describe, expect, test } from 'vitest';
import { type Deploys, useDeploys, writes } from '../support/deploys.ts';

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

/** How many tasks of an app run. */
function tasksOf({ pair }: Deploys, id: string): number {
  return pair.first.sim.tasks(id).filter(({ state }) => state === 'TASK_RUNNING').length;
}

describe('no request fails while an app that was put there by hand is adopted', { timeout: 90_000 }, () => {
  const deploys = useDeploys();

  test('at once', async () => {
    const all = deploys();
    const app = await putByHand(all, 'plain');
    await all.underTraffic('plain.test', async () => {
      expect(writes(await all.run(app))).toContain('delete');
      expect(await all.sides('plain')).toEqual(['blue 2']);
      expect(tasksOf(all, '/plain')).toBe(0);
    });
  });

  test.each([
    ['--complete-cur', ['blue 2'], 0],
    ['--complete-prev', [], 2],
    ['--rollback', [], 2],
  ] as const)('side by side, then %s', async (mode, sides, left) => {
    const all = deploys();
    const name = `split${mode}`;
    const app = await putByHand(all, name);
    await all.underTraffic(`${name}.test`, async () => {
      await all.run(app, '--new-instances', '1');
      expect([await all.sides(name), tasksOf(all, `/${name}`)]).toEqual([['blue 1'], 1]);
      await all.run(app, mode);
      expect([await all.sides(name), tasksOf(all, `/${name}`)]).toEqual([sides, left]);
    });
  });

  test.each([
    ['--resume', ['blue 2'], 0],
    ['--rollback', [], 2],
  ] as const)('killed after its first change, then %s', async (mode, sides, left) => {
    const all = deploys();
    const name = `killed${mode}`;
    const app = await putByHand(all, name);
    await all.underTraffic(`${name}.test`, async () => {
      const program = await all.pair.zdd(app, []);
      await program.until(/"type":"write"/);
      program.kill('SIGKILL');
      await program.ended;
      await all.run(app, mode);
      expect([await all.sides(name), tasksOf(all, `/${name}`)]).toEqual([sides, left]);
    });
  });
});
