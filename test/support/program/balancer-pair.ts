import { readFile, writeFile } from 'node:fs/promises';
import { Agent, createServer, request } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { HAPROXIES } from '../haproxy/haproxies.ts';
import { createDisposables } from './disposables.ts';
import { startMaster } from '../../../src/haproxy/process/master.ts';
import { silent } from '../../../src/log/logger.ts';
import { startProgram, type Program } from './program.ts';
import { startStack, type Stack } from './stack.ts';

/** Two load balancers in front of one embedded Marathon. */
export interface Pair extends AsyncDisposable {
  readonly first: Stack;
  readonly second: Stack;
  /** Statistics endpoints, with the processes as the container tells them. */
  readonly fronts: readonly Front[];
  /** Starts `marathon-lb zdd` with a definition, quick and without questions. */
  zdd(definition: object, args?: readonly string[]): Promise<Program>;
  /** Kills the first load balancer, HAProxy and program; gives what starts them again. */
  killFirst(): Promise<() => Promise<void>>;
  /** The first is not there: who asks it asks the second. */
  readonly isFirstDown: boolean;
}

/** As in a real cluster a moment passes from an accepted kill, which lowers `instances`, to the end of the tasks: none may serve then. */
const DELAYS = { startup: 400, deployment: 100, kill: 100 };

export async function startPair(): Promise<Pair> {
  const disposables = createDisposables();
  try {
    const first = disposables.use(
      await startStack({ args: () => ['--health-check'], haproxy: HAPROXIES[0] ?? '', sim: { delays: DELAYS } }),
    );
    // One changes HAProxy at run time, the other reloads it each time.
    const args = (): string[] => ['--health-check', '--no-runtime-updates', '--marathon', first.sim.url];
    const second = disposables.use(await startStack({ args, haproxy: HAPROXIES.at(-1) ?? '' }));
    const fronts = [disposables.use(await startFront(first)), disposables.use(await startFront(second))];
    let isFirstDown = false;
    let definitions = 0;
    await first.eventually(async () => {
      for (const { url } of fronts) {
        const { status } = await fetch(`${url}/haproxy?stats;csv`);
        if (status !== 200) throw new Error(`the statistics answer ${status}`);
      }
    });
    return {
      first,
      second,
      fronts,
      zdd: async (definition, args = []) => {
        definitions += 1;
        const json = join(first.folder, `definition-${definitions}.json`);
        await writeFile(json, JSON.stringify(definition));
        const balancers = fronts.map(({ url }) => url);
        const own = ['--marathon', first.sim.url, '-l', ...balancers, '-j', json, '--force', '--output', 'json'];
        const quick = ['--step-delay', '0.15', '--settle-time', '0.5', '--max-wait', '20'];
        const words = ['zdd', ...own, ...quick, '--syslog-socket', '/dev/null', '--log-level', 'INFO', ...args];
        // An old worker of HAProxy may have a connection left; zdd waits for it as long as --max-wait says.
        return disposables.use(startProgram(words, { patience: 40_000 }));
      },
      get isFirstDown() {
        return isFirstDown;
      },
      killFirst: async () => {
        isFirstDown = true;
        first.daemon.kill('SIGKILL');
        // The master and its workers.
        process.kill(-first.haproxy, 'SIGKILL');
        await first.daemon.ended;
        return async () => {
          const settings = { binary: HAPROXIES[0] ?? '', config: first.config, grace: 300 };
          const isThere = async (): Promise<boolean> =>
            (await fetch(`http://127.0.0.1:${first.ports.stats}/haproxy?stats;csv`).catch(() => undefined))?.status === 200;
          const master = disposables.use(await startMaster(settings, isThere, silent));
          fronts[0]!.master = master.pid;
          const words = first.args.map((word) => word.replace(`kill -USR2 ${first.haproxy}`, `kill -USR2 ${master.pid}`));
          disposables.use(startProgram([...words, '--sse'], { cwd: first.folder }));
          isFirstDown = false;
        };
      },
      [Symbol.asyncDispose]: () => disposables[Symbol.asyncDispose](),
    };
  } catch (error) {
    await disposables[Symbol.asyncDispose]();
    throw error;
  }
}

/** The statistics of a stack's HAProxy with `/_haproxy_getpids`. */
export interface Front extends AsyncDisposable {
  readonly url: string;
  /** It answers nothing while this is set. */
  silent: boolean;
  /** Whether it tells the processes. */
  tellsPids: boolean;
  /** Process of the HAProxy. */
  master: number;
}

async function startFront({ haproxy, ports }: Stack): Promise<Front> {
  const front = { silent: false, tellsPids: true, master: haproxy };
  const server = createServer((incoming, outgoing) => {
    if (front.silent) return void incoming.socket.destroy();
    if (incoming.url === '/_haproxy_getpids') {
      if (!front.tellsPids) return void outgoing.writeHead(404).end();
      void pidsOf(front.master).then((pids) => outgoing.end(pids.join(' ')));
      return undefined;
    }
    const asked = request({ host: '127.0.0.1', port: ports.stats, path: incoming.url, agent: false }, (answer) => {
      outgoing.writeHead(answer.statusCode ?? 502);
      answer.pipe(outgoing);
    });
    asked.once('error', () => incoming.socket.destroy());
    asked.end();
    return undefined;
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return Object.assign(front, {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  });
}

/** The master and its workers, old ones too. */
async function pidsOf(master: number): Promise<string[]> {
  const children = await readFile(`/proc/${master}/task/${master}/children`, 'utf8').catch(() => '');
  return [String(master), ...children.trim().split(/\s+/).filter(Boolean)];
}

/** See `startTraffic`. */
export interface TrafficOptions {
  readonly port?: number | undefined;
  readonly pause?: number;
}

/**
 * Steady requests to both load balancers: over kept connections, over new ones, and some that take 2 s. While the first load balancer is not there,
 * clients go to the second, also with what the first has not answered. `port`: a service port, which both bind; `pause`: milliseconds between two requests.
 */
export function startTraffic(pair: Pair, host: string, { port: servicePort, pause = 20 }: TrafficOptions = {}) {
  const { first, second } = pair;
  const failures: string[] = [];
  const tasks = new Map<string, number>();
  let count = 0;
  let isOver = false;
  const agent = new Agent({ keepAlive: true });
  const once = async (wanted: number, path: string, kept: boolean): Promise<void> => {
    count += 1;
    const isDown = (): boolean => wanted === first.ports.http && pair.isFirstDown;
    const port = isDown() ? second.ports.http : wanted;
    try {
      const task = await send(servicePort ?? port, host, path, kept ? agent : false);
      tasks.set(task, (tasks.get(task) ?? 0) + 1);
    } catch (error) {
      if (port === wanted && isDown()) return once(wanted, path, kept);
      failures.push(
        `${new Date().toISOString()} ${path} at the ${port === first.ports.http ? 'first' : 'second'}: ${String(error)}`,
      );
    }
  };
  const clients = [first, second].flatMap(({ ports }) => [
    repeat(
      () => isOver,
      pause,
      () => once(ports.http, '/', true),
    ),
    repeat(
      () => isOver,
      pause,
      () => once(ports.http, '/', false),
    ),
    repeat(
      () => isOver,
      pause + 30,
      () => once(ports.http, '/sleep?ms=2000', false),
    ),
    repeat(
      () => isOver,
      pause + 30,
      () => once(ports.http, '/sleep?ms=2000', true),
    ),
  ]);
  return {
    tasks,
    async stop() {
      isOver = true;
      await Promise.all(clients);
      agent.destroy();
      return { count, failures: failures.slice(0, 10) };
    },
  };
}

async function repeat(isOver: () => boolean, pause: number, work: () => Promise<void>): Promise<void> {
  while (!isOver()) {
    await work();
    await sleep(pause);
  }
}

/** The task that answered. A kept connection that was closed meanwhile is no failure: clients send again on a new one (RFC 9110, 9.2.2). */
async function send(port: number, host: string, path: string, agent: Agent | false): Promise<string> {
  try {
    return await sendOnce(port, host, path, agent);
  } catch (error) {
    if (!(error instanceof Error) || !('reused' in error)) throw error;
    return await sendOnce(port, host, path, false);
  }
}

function sendOnce(port: number, host: string, path: string, agent: Agent | false): Promise<string> {
  return new Promise((resolve, reject) => {
    const asked = request({ host: '127.0.0.1', port, path, headers: { host }, agent }, (answer) => {
      answer.once('error', reject);
      answer.once('end', () => {
        if (answer.statusCode === 200) resolve(String(answer.headers['x-sim-task']));
        else reject(new Error(`status ${answer.statusCode} of ${String(answer.headers['x-sim-app'] ?? 'HAProxy')}`));
      });
      answer.resume();
    });
    asked.once('error', (error) => reject(asked.reusedSocket ? Object.assign(error, { reused: true }) : error));
    asked.end();
  });
}
