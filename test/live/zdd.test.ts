import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { PATIENCE } from '../support/program.ts';
import { type Pair, startPair, startTraffic } from '../support/balancer-pair.ts';

let pair: Pair;
let port = 0;

beforeAll(async () => {
  pair = await startPair();
});
afterAll(() => pair?.[Symbol.asyncDispose]());

interface Told {
  readonly type: string;
  readonly step?: { readonly kind: string };
  readonly why?: string;
}

const events = (text: string): Told[] =>
  text.split('\n').flatMap((line) => (line.startsWith('{') ? [JSON.parse(line) as Told] : []));

/** An app of four with health checks; each call takes two service ports. */
function definition(name: string, more: object = {}): object {
  const { service } = pair.first.ports;
  const [own, alt] = [service[port++] ?? 0, service[port++] ?? 0];
  return {
    id: `/${name}`,
    instances: 4,
    portDefinitions: [{ port: own }],
    labels: {
      HAPROXY_GROUP: 'external',
      HAPROXY_0_VHOST: `${name}.test`,
      HAPROXY_DEPLOYMENT_GROUP: name,
      HAPROXY_DEPLOYMENT_ALT_PORT: String(alt),
    },
    healthChecks: [
      { protocol: 'HTTP', path: '/health', portIndex: 0, gracePeriodSeconds: 5, intervalSeconds: 2, timeoutSeconds: 5 },
    ],
    env: { SIM_STOP_MS: '50' },
    ...more,
  };
}

async function run(app: object, ...args: string[]): Promise<Told[]> {
  const program = await pair.zdd(app, args);
  const { status, out, err } = await program.ended;
  expect(status, `${out.split('\n').slice(-4).join('\n')}\n${err.slice(-2000)}`).toBe(0);
  return events(out);
}

/** What runs, when Marathon has done what it was told: a deleted app is gone before its tasks are. */
async function sides(name: string): Promise<string[]> {
  await pair.first.sim.idle(AbortSignal.timeout(PATIENCE));
  return running(name);
}

const running = (name: string): string[] =>
  ['blue', 'green'].flatMap((colour) => {
    const count = pair.first.sim.tasks(`/${name}-${colour}`).filter(({ state }) => state === 'TASK_RUNNING').length;
    return count === 0 ? [] : `${colour} ${count}`;
  });

/** Steady requests while `work` is done; none may fail. */
async function underTraffic(host: string, work: () => Promise<void>): Promise<void> {
  const traffic = startTraffic(pair, host);
  try {
    await work();
  } finally {
    const { failures, count } = await traffic.stop();
    expect(failures).toEqual([]);
    expect(count).toBeGreaterThan(50);
  }
}

const writes = (told: readonly Told[]): (string | undefined)[] =>
  told.flatMap(({ type, step }) => (type === 'write' ? step?.kind : []));

describe('no request fails', { timeout: 60_000 }, () => {
  test('a first deploy, then blue/green with health checks', async () => {
    const app = definition('shop');
    await run(app);
    expect(await sides('shop')).toEqual(['blue 4']);
    await underTraffic('shop.test', async () => {
      expect(writes(await run(app))).toEqual(['kill', 'scale', 'kill', 'scale', 'delete']);
      expect(await sides('shop')).toEqual(['green 4']);
    });
  });

  test('two versions side by side, finished to the new one, and back to the old one', async () => {
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

  test('killed after each step and resumed', async () => {
    const app = definition('killed');
    await run(app);
    await underTraffic('killed.test', async () => {
      let kills = 0;
      for (let status = -1; status !== 0; kills += 1) {
        const program = await pair.zdd(app, kills === 0 ? [] : ['--resume']);
        // By turns just before a change and just after it.
        const moment =
          kills % 2 === 0 ? /"type":"(?:write|create)"|"type":"end"/ : /"step":{"kind":"(?:kill|scale|delete)"|"type":"end"/;
        await program.until(moment);
        program.kill('SIGKILL');
        ({ status } = await program.ended);
        expect(kills).toBeLessThan(20);
        if (/"type":"end","status":0/.test(program.text())) break;
      }
      expect(kills).toBeGreaterThan(5);
      expect(await sides('killed')).toEqual(['green 4']);
    });
  });

  test('a rollback from each step', async () => {
    const app = definition('taken');
    await run(app);
    await underTraffic('taken.test', async () => {
      for (const count of [1, 2, 3]) {
        const program = await pair.zdd(app);
        await program.until(new RegExp(`(?:"type":"(?:write|create)"[^]*){${count}}`));
        program.kill('SIGKILL');
        await program.ended;
        await run(app, '--rollback');
        expect(await sides('taken')).toEqual(['blue 4']);
      }
    });
  });

  test('a load balancer reloads and does not answer, Marathon changes its leader', async () => {
    const app = definition('shaken');
    await run(app);
    const [front] = pair.fronts;
    await underTraffic('shaken.test', async () => {
      const program = await pair.zdd(app);
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

  test('several service ports, and load balancers that do not tell their processes', async () => {
    const { service } = pair.first.ports;
    const ports = [service[port++] ?? 0, service[port++] ?? 0];
    const app = definition('ports', { portDefinitions: ports.map((each) => ({ port: each })), instances: 2 });
    for (const front of pair.fronts) front.tellsPids = false;
    await run(app);
    await underTraffic('ports.test', async () => {
      await run(app, '--drain-time', '2.5');
      expect(await sides('ports')).toEqual(['green 2']);
    });
    for (const front of pair.fronts) front.tellsPids = true;
  });
});
