import type { Sim } from '../../sim/start.ts';
import { describe, expect, test } from 'vitest';
import { events, healthCheck, useDeploys } from '../support/deploy/deploys.ts';

describe.concurrent('no request fails', { timeout: 90_000 }, () => {
  const deploys = useDeploys();

  test.sequential('a load balancer reloads and does not answer, Marathon changes its leader', async () => {
    const { pair, definition, run, sides, underTraffic } = deploys();
    const app = definition('shaken');
    await run(app);
    const [front] = pair.fronts;
    await underTraffic('shaken.test', async () => {
      const program = await pair.zdd(app, ['--settle-time', '2']);
      await program.until(/"type":"write"/);
      front!.silent = true;
      // The one that nobody else reloads.
      process.kill(pair.first.haproxy, 'SIGUSR2');
      await program.until(/does not answer/);
      front!.silent = false;
      const mark = program.mark();
      await program.until(/"type":"write"/, mark);
      pair.first.sim.loseLeader({ ms: 700, host: 'next:8080' });
      await program.until(/"type":"trouble"/, mark);
      expect((await program.ended).status).toBe(0);
      expect(await sides('shaken')).toEqual(['green 4']);
    });
  });

  test.sequential('a load balancer is killed in the middle and started again', async () => {
    const { pair, definition, run, sides, underTraffic } = deploys();
    const app = definition('restarted');
    await run(app);
    await underTraffic('restarted.test', async () => {
      const program = await pair.zdd(app, ['--settle-time', '2']);
      await program.until(/"type":"write"/);
      const start = await pair.killFirst();
      const mark = program.mark();
      await program.until(/does not answer/, mark);
      await start();
      expect(await program.ended).toMatchObject({ status: 0 });
      expect(await sides('restarted')).toEqual(['green 4']);
      // No process of it was taken for one from before a reload, no task was given up.
      expect(program.text()).not.toContain('"overdue"');
    });
  });
});

/** More for the definitions of both apps, or of the new one. */
interface Apps {
  readonly both?: object;
  readonly fresh?: object;
}

function failAll(sim: Sim): void {
  for (const { server } of sim.tasks('/errs-green')) if (server) server.behaviour.status = 500;
}

function sicken(sim: Sim): void {
  for (const { id } of sim.tasks('/sick-green')) sim.setHealth(id, false);
}

describe.concurrent('a canary is taken back', { timeout: 90_000 }, () => {
  const deploys = useDeploys();

  /** Deploys beside an app that is well; `spoil` is done to the new task while it is watched. */
  async function spoiled(name: string, apps: Apps, spoil: (sim: Sim) => void, allowed?: RegExp): Promise<string> {
    const { pair, definition, run, sides, underTraffic } = deploys();
    const app = definition(name, apps.both);
    await run(app);
    let why = '';
    await underTraffic(
      `${name}.test`,
      async () => {
        const canary = ['--canary-steps', '25,50', '--canary-wait', '6', '--canary-min-requests', '10'];
        const program = await pair.zdd({ ...app, ...apps.fresh }, canary);
        await program.until(/is watched with 1 instance/);
        spoil(pair.first.sim);
        const ended = await program.ended;
        expect(ended).toMatchObject({ status: 10 });
        why = events(ended.out).at(-1)?.why ?? '';
        expect(await sides(name)).toEqual(['blue 4']);
      },
      allowed,
    );
    return why;
  }

  test.sequential('it answers 5xx', async () => {
    // A path that stays well; load balancers check both sides at the old one's.
    const apps = { both: { healthChecks: [healthCheck('/sim/requests')] } };
    expect(await spoiled('errs', apps, failAll, /status 500 of \/errs-green/)).toMatch(
      /rolled back: the new tasks fail \d+\.\d % of/,
    );
  });

  test.sequential('it is slow', async () => {
    const slow = { fresh: { env: { SIM_STOP_MS: '50', SIM_DELAY_MS: '400' } } };
    expect(await spoiled('slow', slow, () => {})).toMatch(/rolled back: the new tasks answer in \d+ ms, the old ones in/);
  });

  test.sequential('it gets unhealthy', async () => {
    // Marathon must not kill it first, with the requests it has.
    const apps = { both: { healthChecks: [{ ...healthCheck('/health'), maxConsecutiveFailures: 1000 }] } };
    expect(await spoiled('sick', apps, sicken)).toMatch(
      /rolled back: (?:Marathon's health checks of )?new task sick-green\S+ (?:fail|is DOWN)/,
    );
  });
});
