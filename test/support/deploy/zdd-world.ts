import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startSim, type Sim } from '../../../sim/start.ts';
import { type FakeBalancer, startFakeBalancer } from './fake-balancer.ts';
import { type Ended, runProgram } from '../program/program.ts';
import { startOnTerminal, type TerminalProgram } from '../program/terminal.ts';

export const definition = {
  id: '/x',
  instances: 2,
  portDefinitions: [{ port: 10_000 }],
  labels: { HAPROXY_DEPLOYMENT_GROUP: 'x', HAPROXY_DEPLOYMENT_ALT_PORT: '10001' },
};

/** A Marathon and one load balancer, all of it quick. */
export interface ZddWorld {
  readonly sim: Sim;
  readonly balancer: FakeBalancer;
  readonly folder: string;
  readonly zdd: (args?: readonly string[], json?: object | string, marathon?: string) => Promise<Ended>;
  /** The same as somebody at a terminal starts it. */
  readonly zddOnTerminal: (args?: readonly string[]) => Promise<TerminalProgram>;
}

/** Such a world for `work`. */
export async function inZddWorld(work: (given: ZddWorld) => Promise<void>): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'zdd-'));
  try {
    await using sim = await startSim({
      speed: 50,
      delays: { offer: 5, executor: 5, startup: 60, stop: 5, kill: 1, deployment: 1 },
      tasks: 'none',
    });
    await using balancer = await startFakeBalancer(sim.url, 'x_10000');
    let definitions = 0;
    const words = async (json: object | string, marathon: string): Promise<string[]> => {
      const path = join(folder, `x-${(definitions += 1)}.json`);
      await writeFile(path, typeof json === 'string' ? json : JSON.stringify(json));
      const own = ['--marathon', marathon, '--marathon-lb', balancer.url, '--json', path, '--syslog-socket', '/dev/null'];
      return ['zdd', ...own, '--step-delay', '0.05', '--settle-time', '0.2', '--max-wait', '3'];
    };
    await work({
      sim,
      balancer,
      folder,
      zdd: async (args = ['--force'], json = definition, marathon = sim.url) =>
        runProgram([...(await words(json, marathon)), ...args]),
      zddOnTerminal: async (args = []) => startOnTerminal([...(await words(definition, sim.url)), ...args]),
    });
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** Instances by id. */
export async function appsOf({ sim }: ZddWorld): Promise<Record<string, number>> {
  const { apps } = (await (await fetch(`${sim.url}/v2/apps`)).json()) as { apps: { id: string; instances: number }[] };
  return Object.fromEntries(apps.map(({ id, instances }) => [id, instances]));
}
