import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { app } from '../../test/support/marathon/apps.ts';
import { startLoad } from '../../test/support/network/load.ts';
import { startStack } from '../../test/support/program/stack.ts';
import { fleet } from './fleet.ts';

/** What requests notice of an app that is scaled up and down. */
export interface Churn {
  readonly times: number;
  readonly reloads: number;
  readonly requests: number;
  readonly failures: ReadonlyMap<string, number>;
}

/** Scales one app among 100 up and down so many times and goes on until so many requests were sent, half on kept connections. */
export async function measureChurn(times: number, requests: number): Promise<Churn> {
  await using stack = await startStack({
    apps: ({ service }) => [app('/scaled', service[0] ?? 0, { HAPROXY_0_VHOST: 'scaled.test' }, { instances: 2 })],
    sim: { standing: fleet(99), speed: 8, seed: 2 },
    args: ({ folder, haproxy }) => ['--command', `sh -c 'echo >> ${join(folder, 'reloads')} && kill -USR2 ${haproxy}'`],
  });
  const { sim, ports, folder } = stack;
  const reloads = (): number => readFileSync(join(folder, 'reloads'), 'utf8').length;
  await sim.idle();
  await stack.eventually(async () => {
    const { status } = await stack.get('/', { host: 'scaled.test' });
    if (status !== 200) throw new Error(`status ${status}`);
  });
  const before = reloads();
  const load = startLoad({ port: ports.http, hosts: ['scaled.test'], pairs: 4 });
  let time = 0;
  for (; time < times || load.requests() < requests; time += 1) {
    await stack.marathon('PUT', '/v2/apps/scaled', { instances: 3 + (time % 3) });
    await sim.idle();
    await stack.marathon('PUT', '/v2/apps/scaled', { instances: 2 });
    await sim.idle();
  }
  const result = await load.stop();
  return { times: time, reloads: reloads() - before, requests: result.requests, failures: result.failures };
}
