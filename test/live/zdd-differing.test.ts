import { describe, expect, test } from 'vitest';
import { type Deploys, healthCheck, useDeploys } from '../support/deploys.ts';

/** What the new version has otherwise than the old one; old tasks do not know the new health path. */
const differing = {
  'health path': [
    { healthChecks: [healthCheck('/health')], env: { SIM_STOP_MS: '50', SIM_404: '/ready' } },
    { healthChecks: [healthCheck('/ready')], env: { SIM_STOP_MS: '50' } },
  ],
} as const;

type What = keyof typeof differing;

/** Two definitions of an app, and the first of them deployed. */
async function begun({ definition, run }: Deploys, name: string, what: What): Promise<{ old: object; fresh: object }> {
  const [before, after] = differing[what];
  const old = definition(name, before);
  await run(old);
  return { old, fresh: { ...old, ...after } };
}

describe.concurrent('versions that differ in what serves: no request fails', { timeout: 120_000 }, () => {
  const deploys = useDeploys();

  test.sequential('forward with another health path, which is named before anything is created', async () => {
    const { run, sides, underTraffic } = deploys();
    const { fresh } = await begun(deploys(), 'path', 'health path');
    await underTraffic('path.test', async () => {
      const told = await run(fresh);
      const at = (type: string): number => told.findIndex((event) => event.type === type);
      expect(told[at('differences')]?.why).toMatch(/health check of service 0 \(HTTP \/health, port index 0 → HTTP \/ready/);
      expect(at('differences')).toBeLessThan(at('create'));
      expect(await sides('path')).toEqual(['green 4']);
    });
  });

  test.sequential('a rollback from each step with another health path', async () => {
    const { pair, run, sides, underTraffic } = deploys();
    const { fresh } = await begun(deploys(), 'path-back', 'health path');
    await underTraffic('path-back.test', async () => {
      for (const count of [1, 2, 3]) {
        const program = await pair.zdd(fresh);
        await program.until(new RegExp(`(?:"type":"(?:write|create)"[^]*){${count}}`));
        program.kill('SIGKILL');
        await program.ended;
        await run(fresh, '--rollback');
        expect(await sides('path-back')).toEqual(['blue 4']);
      }
    });
  });
});
