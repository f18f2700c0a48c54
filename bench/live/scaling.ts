import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Client } from 'undici';
import { app } from '../../test/support/marathon/apps.ts';
import { type Ports, type Prepared, startStack, type Stack } from '../../test/support/program/stack.ts';
import { EVENT_TYPES } from '../../src/sources/marathon/events/event-types.ts';
import { defaultHead } from '../../src/render/head.ts';
import { median } from '../median.ts';
import { cpuOf } from './daemon-cpu.ts';
import { fleet } from './fleet.ts';
import { watchTraffic } from './marathon-traffic.ts';

/** What scaling one app costs among many. */
export interface Scaling {
  readonly apps: number;
  /** Milliseconds from Marathon's event to the first answer of the new task: median, and what one in twenty exceeds. */
  readonly firstAnswer: number;
  readonly firstAnswer95: number;
  /** Events that Marathon sent to the program meanwhile, by scale-up and scale-down. */
  readonly events: number;
  /** By event: bytes from Marathon, milliseconds of CPU of the program. */
  readonly bytes: number;
  readonly cpu: number;
}

/** Scales one app with real tasks up and down so many times, on a machine that does nothing else. */
export async function measureScaling(apps: number, times: number): Promise<Scaling> {
  using traffic = watchTraffic();
  await using stack = await startStack({
    apps: (ports) => [
      app('/scaled', portOf(ports), { HAPROXY_0_VHOST: 'scaled.test', HAPROXY_0_BALANCE: 'leastconn' }, { instances: TASKS }),
    ],
    sim: { standing: fleet(apps - 1), speed: 4, seed: 1 },
    args: async (prepared) => {
      await writeHead(prepared);
      return ['--reload-min-interval', '2', '--reload-interval', '10'];
    },
  });
  await stack.sim.idle();
  await using client = disposable(new Client(`http://127.0.0.1:${portOf(stack.ports)}`));
  await stack.eventually(async () => {
    const seen = new Set(await Promise.all(Array.from({ length: 9 }, () => taskThatAnswers(client))));
    if (seen.size !== TASKS || seen.has(undefined)) throw new Error('not all tasks are served yet');
  });
  await sleep(QUIET);

  const latencies: number[] = [];
  const before = figures(stack, traffic.bytes());
  for (let time = 0; time < times; time += 1) {
    latencies.push(await scaleUp(stack, client));
    await stack.sim.idle();
    await stack.marathon('PUT', '/v2/apps/scaled', { instances: TASKS });
    await stack.sim.idle();
  }
  await sleep(QUIET);
  const after = figures(stack, traffic.bytes());
  const events = after.events - before.events;
  latencies.sort((a, b) => a - b);
  return {
    apps,
    firstAnswer: median(latencies),
    firstAnswer95: latencies[Math.ceil(latencies.length * 0.95) - 1] ?? Number.NaN,
    events: events / times,
    bytes: (after.bytes - before.bytes) / events,
    cpu: (after.cpu - before.cpu) / events,
  };
}

const TASKS = 3;
/** Milliseconds after which what a change left to do, such as the files that follow, is done. */
const QUIET = 2000;

/**
 * Milliseconds from the event that says that a new task runs to its first answer. Meanwhile each of the other tasks has a request
 * of its own under way: by `leastconn` the next one goes to the new task as soon as HAProxy has it.
 */
async function scaleUp(stack: Stack, client: Client): Promise<number> {
  const { sim } = stack;
  await using _ = await occupy(portOf(stack.ports), TASKS);
  const first = sim.events.length;
  let task: unknown;
  let since = 0;
  const runs = sim.until(() => {
    const event = sim.events.slice(first).find(({ taskStatus }) => taskStatus === 'TASK_RUNNING');
    if (event === undefined) return false;
    since = performance.now();
    task = event['taskId'];
    return true;
  });
  await stack.marathon('PUT', '/v2/apps/scaled', { instances: TASKS + 1 });
  await runs;
  for (;;) {
    const answered = await taskThatAnswers(client);
    const elapsed = performance.now() - since;
    if (answered === task) return elapsed;
    if (elapsed > 60_000) throw new Error(`${String(task)} is never served`);
    await sleep(1);
  }
}

/** The default head with a `maxconn` that leaves room for 10,000 listeners where a process may open 20,000 files. */
async function writeHead({ folder, ports }: Prepared): Promise<void> {
  const text = defaultHead({
    bindAddress: '*',
    httpPort: ports.http,
    httpsPort: ports.https,
    appidPort: ports.appid,
    statsPort: ports.stats,
    statsSocket: join(folder, 'haproxy.sock'),
    maxconn: 2000,
    globalDefaultOptions: ['redispatch', 'http-server-close', 'dontlognull'],
  });
  await mkdir(join(folder, 'templates'));
  await writeFile(join(folder, 'templates', 'HAPROXY_HEAD'), text);
}

/** Lets so many requests be under way until disposed of. */
async function occupy(port: number, count: number): Promise<AsyncDisposable> {
  const clients = Array.from({ length: count }, () => new Client(`http://127.0.0.1:${port}`));
  const answers = clients.map((one) => one.request({ path: '/sleep?ms=60000', method: 'GET' }).catch(() => {}));
  await sleep(20);
  return {
    [Symbol.asyncDispose]: async () => {
      await Promise.all(clients.map((one) => one.destroy()));
      await Promise.all(answers);
    },
  };
}

async function taskThatAnswers(client: Client): Promise<string | undefined> {
  const { headers, body } = await client.request({ path: '/', method: 'GET' });
  await body.dump();
  return [headers['x-sim-task']].flat()[0];
}

/** Where the app is asked: its own service port. In a shared frontend with 10,000 vhosts HAProxy takes milliseconds to find one. */
function portOf({ service }: Ports): number {
  return service[0] ?? 0;
}

function figures({ sim, daemon }: Stack, bytes: number) {
  const types: readonly string[] = EVENT_TYPES;
  return { bytes, cpu: cpuOf(daemon.pid), events: sim.events.filter(({ eventType }) => types.includes(eventType)).length };
}

function disposable(client: Client): Client & AsyncDisposable {
  return Object.assign(client, { [Symbol.asyncDispose]: () => client.destroy() });
}
