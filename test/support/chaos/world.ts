import { chmod, mkdir, readFile, writeFile } from 'node:fs/promises';
import { request } from 'node:http';
import { join } from 'node:path';
import { startMaster } from '../../../src/haproxy/process/master.ts';
import { findProcesses } from '../../../src/haproxy/process/processes.ts';
import { portAnswers } from '../../../src/lib/process/port-open.ts';
import { silent } from '../../../src/log/logger.ts';
import type { SimOptions } from '../../../sim/options.ts';
import { type PortBlock, reservePorts } from '../network/port-block.ts';
import { app } from '../marathon/apps.ts';
import { startContainer, type ContainerOptions } from '../program/container.ts';
import { createDisposables } from '../program/disposables.ts';
import { eventually, startProgram, type Program } from '../program/program.ts';
import { startStack } from '../program/stack.ts';
import { soakApps, standingApps, type Troubled } from '../soak/trouble.ts';
import { type KeptProgram, keepProgram } from './kept-program.ts';
import { SECRETS } from './secrets.ts';

/** A load balancer that can be killed and started again, in front of the embedded Marathon. */
export interface World extends Troubled, KeptProgram {
  /** All files of the load balancer lie in here. */
  readonly folder: string;
  readonly config: string;
  /** The HAProxy. */
  readonly binary: string;
  readonly ports: { readonly http: number; readonly service: readonly number[] };
  /** Process ids of the HAProxy in charge, without those that a killed program left behind. */
  haproxy(): Promise<{ readonly master: number; readonly workers: readonly number[] }>;
  /** Does what a service manager does after HAProxy ended, if HAProxy is no child of the program. */
  startHaproxy(): Promise<void>;
  /** What `/_mlb/ready` answers at the program's own address. */
  ready(): Promise<{ readonly status: number; readonly text: string }>;
}

export interface WorldOptions {
  readonly binary: string;
  readonly seed: number;
}

/** With enough servers that a few which went while no program ran are no reason to hold a snapshot. */
async function simOptions(seed: number, next: PortBlock['next']): Promise<SimOptions> {
  const basicAuth = { user: SECRETS.user, password: SECRETS.password };
  return { speed: 20, delays: { stop: 1000 }, seed, basicAuth, standing: await standingApps(15, next) };
}

/** `/guarded` holds secrets, the others are those that things happen to. */
function chaosApps(ports: Troubled['ports']): object[] {
  const labels = {
    HAPROXY_0_VHOST: 'guarded.test',
    HAPROXY_0_AUTH: `realm:joe:${SECRETS.hash}`,
    HAPROXY_0_BACKEND_HTTP_OPTIONS: `  http-request set-header X-Key ${SECRETS.key}\n`,
  };
  return [...soakApps(ports), app('/guarded', ports.service[5] ?? 0, labels)];
}

/** Starts `marathon-lb run`: HAProxy is its child. Configuration and state are in the folder `work`. */
export async function startRun(
  { binary, seed }: WorldOptions,
  more: Pick<ContainerOptions, 'before' | 'env'> = {},
): Promise<World> {
  const disposables = createDisposables();
  const block = disposables.use(await reservePorts());
  let config = '';
  // What killed programs left behind, if the test ends before their successor.
  disposables.defer(async () => {
    for (const { pid } of await findProcesses(config)) process.kill(pid, 'SIGKILL');
  });
  const container = disposables.use(
    await startContainer({
      haproxy: binary,
      apps: chaosApps,
      sim: await simOptions(seed, () => block.next()),
      // As on a real machine, sockets are on another file system than files.
      args: ({ folder }) => ['--haproxy-map', '--runtime-dir', join(folder, 'run')],
      ...more,
      env: (prepared) => ({ MARATHON_USER: SECRETS.user, MARATHON_PASSWORD: SECRETS.password, ...more.env?.(prepared) }),
    }),
  );
  const { folder, sim, ports, marathon } = container;
  config = join(folder, 'work', 'haproxy.cfg');
  const kept = disposables.use(keepProgram(container.program, () => container.again()));
  return {
    ...shared({ folder, config, binary, ports, sim, marathon }, kept, disposables),
    haproxy: () => childrenOf(kept.program().pid, config),
    startHaproxy: async () => {},
    ready: () => askSocket(join(folder, 'tmp', 'admin.sock'), '/_mlb/ready'),
  };
}

/** Starts a HAProxy and the program beside it, which sees the file system through a mount namespace of its own. */
export async function startBeside({ binary, seed }: WorldOptions): Promise<World> {
  const disposables = createDisposables();
  const block = disposables.use(await reservePorts());
  const through = ['unshare', '--mount', '--'];
  const stack = disposables.use(
    await startStack({
      haproxy: binary,
      apps: chaosApps,
      sim: await simOptions(seed, () => block.next()),
      through,
      before: async ({ folder, config, haproxy }) => {
        await chmod(config, 0o640);
        await mkdir(join(folder, 'run'), { mode: 0o700 });
        await writeFile(join(folder, 'haproxy.pid'), String(haproxy));
        await writeFile(join(folder, 'credentials'), `${SECRETS.user}:${SECRETS.password}\n`, { mode: 0o600 });
      },
      args: ({ folder }) => [
        '--haproxy-map',
        '--command',
        `sh -c 'kill -USR2 $(cat ${join(folder, 'haproxy.pid')})'`,
        '--marathon-auth-credential-file',
        join(folder, 'credentials'),
      ],
    }),
  );
  const { folder, config, sim, ports, marathon } = stack;
  const pidFile = join(folder, 'haproxy.pid');
  const begin = (): Program => disposables.use(startProgram([...stack.args, '--sse'], { cwd: folder, env: {}, through }));
  const kept = disposables.use(keepProgram(stack.daemon, begin));
  return {
    ...shared({ folder, config, binary, ports, sim, marathon }, kept, disposables),
    haproxy: async () => {
      const master = Number(await readFile(pidFile, 'utf8'));
      return { master, workers: (await findProcesses(config)).flatMap(({ pid, parent }) => (parent === master ? pid : [])) };
    },
    async startHaproxy() {
      const settings = { binary, config, grace: 300 };
      const master = disposables.use(await startMaster(settings, () => portAnswers(ports.stats), silent));
      await writeFile(pidFile, String(master.pid));
    },
    ready: () => askSocket(join(folder, 'admin.sock'), '/_mlb/ready'),
  };
}

type Parts = Pick<World, 'folder' | 'config' | 'binary' | 'ports' | 'sim' | 'marathon'>;

/** What both ways to run the program have in common. */
function shared(
  parts: Parts,
  kept: KeptProgram,
  disposables: AsyncDisposable,
): Parts & KeptProgram & Pick<World, 'eventually'> & AsyncDisposable {
  return {
    ...parts,
    ...kept,
    eventually: (attempt) => eventually(attempt, { words: () => kept.program().text() }),
    [Symbol.asyncDispose]: () => disposables[Symbol.asyncDispose](),
  };
}

async function childrenOf(parent: number, config: string): Promise<Awaited<ReturnType<World['haproxy']>>> {
  const all = await findProcesses(config);
  const master = all.find((each) => each.parent === parent)?.pid;
  if (master === undefined) throw new Error('the program has no HAProxy');
  return { master, workers: all.flatMap((each) => (each.parent === master ? each.pid : [])) };
}

function askSocket(socketPath: string, path: string): Promise<{ readonly status: number; readonly text: string }> {
  return new Promise((resolve, reject) => {
    const sent = request({ socketPath, path, agent: false, timeout: 5000 }, (response) => {
      let text = '';
      response.setEncoding('utf8').on('data', (chunk: string) => (text += chunk));
      response.once('error', reject);
      response.once('end', () => resolve({ status: response.statusCode ?? 0, text }));
    });
    sent.once('timeout', () => sent.destroy(new Error(`${socketPath} does not answer`)));
    sent.once('error', reject);
    sent.end();
  });
}
