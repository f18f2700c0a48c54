import { describe, expect, test } from 'vitest';
import { useDeploys, writes } from '../support/deploy/deploys.ts';

describe.concurrent('no request fails', { timeout: 90_000 }, () => {
  const deploys = useDeploys();

  test.sequential('a first deploy, then blue/green with health checks', async () => {
    const { definition, run, sides, underTraffic } = deploys();
    const app = definition('shop');
    await run(app);
    expect(await sides('shop')).toEqual(['blue 4']);
    await underTraffic('shop.test', async () => {
      expect(writes(await run(app))).toEqual(['kill', 'scale', 'kill', 'scale', 'delete']);
      expect(await sides('shop')).toEqual(['green 4']);
    });
  });

  test.sequential('several service ports, and load balancers that do not tell their processes', async () => {
    const { pair, definition, run, sides, underTraffic } = deploys();
    const ports = pair.first.ports.service.slice(-2);
    const app = definition('ports', { portDefinitions: ports.map((port) => ({ port })), instances: 2 });
    for (const front of pair.fronts) front.tellsPids = false;
    await run(app);
    await underTraffic('ports.test', async () => {
      await run(app, '--drain-time', '2.5');
      expect(await sides('ports')).toEqual(['green 2']);
    });
    for (const front of pair.fronts) front.tellsPids = true;
  });
});

describe.concurrent('no request fails', { timeout: 90_000 }, () => {
  const deploys = useDeploys();

  test.sequential('two versions side by side, finished to the new one, and back to the old one', async () => {
    const { definition, run, sides, underTraffic } = deploys();
    const app = definition('both');
    await run(app);
    await underTraffic('both.test', async () => {
      await run(app, '--new-instances', '2');
      expect(await sides('both')).toEqual(['blue 2', 'green 2']);
      await run(app, '--complete-cur');
      expect(await sides('both')).toEqual(['green 4']);
      await run(app, '--new-instances', '1', '--initial-instances', '3');
      expect(await sides('both')).toEqual(['blue 1', 'green 3']);
      await run(app, '--complete-prev');
      expect(await sides('both')).toEqual(['green 4']);
    });
  });
});
