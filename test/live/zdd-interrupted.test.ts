import { describe, expect, test } from 'vitest';
import { useDeploys } from '../support/deploy/deploys.ts';

describe.concurrent('no request fails', { timeout: 90_000 }, () => {
  const deploys = useDeploys();

  test.sequential.each([
    ['before', 'every', /"step":\{"kind":"(?:kill|scale|delete)"|"type":"end"/],
    ['after', 'every', /"type":"(?:write|create)"|"type":"end"/],
  ] as const)('killed just %s %s change and resumed', async (when, _, moment) => {
    const { pair, definition, run, sides, underTraffic } = deploys();
    const name = `killed-${when}`;
    const app = definition(name);
    await run(app);
    await underTraffic(`${name}.test`, async () => {
      let kills = 0;
      for (let isOver = false; !isOver; kills += 1) {
        const program = await pair.zdd(app, kills === 0 ? [] : ['--resume']);
        await program.until(moment);
        program.kill('SIGKILL');
        await program.ended;
        isOver = /"type":"end","status":0/.test(program.text());
        expect(kills).toBeLessThan(30);
      }
      // A scale may follow its kill before the signal arrives.
      expect(kills).toBeGreaterThan(3);
      expect(await sides(name)).toEqual(['green 4']);
    });
  });
});

describe.concurrent('no request fails', { timeout: 90_000 }, () => {
  const deploys = useDeploys();

  test.sequential('a rollback from each step, killed after its first change and resumed', async () => {
    const { pair, definition, run, sides, underTraffic } = deploys();
    const app = definition('taken');
    await run(app);
    await underTraffic('taken.test', async () => {
      for (const count of [1, 2, 3]) {
        const program = await pair.zdd(app);
        await program.until(new RegExp(`(?:"type":"(?:write|create)"[^]*){${count}}`));
        program.kill('SIGKILL');
        await program.ended;
        const back = await pair.zdd(app, ['--rollback']);
        await back.until(/"type":"write"/);
        back.kill('SIGKILL');
        await back.ended;
        // The instance that turned the direction, where it was not taken back any more and serves by now.
        const most = pair.first.sim.tasks('/taken-blue').length;
        expect(most).toBeLessThan(6);
        await run(app, '--resume');
        expect((await sides('taken')).map((side) => side.replace(/\d+/, (n) => (Number(n) === most ? '4' : n)))).toEqual([
          'blue 4',
        ]);
      }
    });
  });
});
