import { chmod, mkdir, mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { SimOptions } from '../../../sim/options.ts';
import { startSim, type Sim } from '../../../sim/start.ts';
import { askMarathon, type AskMarathon, marathonVerbs, type MarathonVerbs } from './marathon-verbs.ts';
import { createDisposables } from './disposables.ts';
import { reservePorts } from '../network/port-block.ts';
import { startProgram, type Program } from './program.ts';
import { get, type Answer, type RequestOptions } from '../network/request.ts';
import { refuseTraces } from '../haproxy/traces.ts';

export interface ContainerPorts {
  readonly http: number;
  readonly https: number;
  readonly appid: number;
  readonly stats: number;
  readonly service: readonly number[];
  /** For whatever else needs one. */
  readonly other: number;
}

export interface ContainerPrepared {
  readonly sim: Sim;
  readonly ports: ContainerPorts;
  readonly folder: string;
}

export interface ContainerOptions {
  /** Words behind `run`. */
  readonly mode?: (prepared: ContainerPrepared) => readonly string[];
  readonly haproxy?: string;
  readonly apps?: (ports: ContainerPorts) => readonly object[];
  readonly sim?: SimOptions;
  readonly args?: (prepared: ContainerPrepared) => readonly string[];
  readonly env?: (prepared: ContainerPrepared) => Readonly<Record<string, string>>;
  readonly through?: readonly string[];
  /** Makes what has to be there before the program starts; disposed of after its end. */
  readonly before?: (prepared: ContainerPrepared) => Promise<AsyncDisposable>;
  /** The program chooses where its own endpoints are. */
  readonly withoutAdminListen?: boolean;
}

/** `marathon-lb run` with the embedded Marathon; HAProxy is its child. */
export interface Container extends ContainerPrepared, MarathonVerbs, AsyncDisposable {
  readonly program: Program;
  get(path: string, options?: Partial<RequestOptions>): Promise<Answer>;
  stats(path: string, options?: Partial<RequestOptions>): Promise<Answer>;
  readonly marathon: AskMarathon;
  configText(): Promise<string>;
  /** Process ids as the endpoint tells them: the master, then its workers. */
  pids(): Promise<number[]>;
  /** Starts the program once more, in the same way. */
  again(): Program;
}

export async function startContainer(options: ContainerOptions = {}): Promise<Container> {
  const disposables = createDisposables();
  try {
    const block = disposables.use(await reservePorts());
    const folder = await mkdtemp(join(tmpdir(), 'mlb-run-'));
    disposables.defer(() => rm(folder, { recursive: true, force: true }));
    disposables.defer(async () => refuseTraces(configOf(folder)));
    for (const name of ['work', 'tmp']) {
      await mkdir(join(folder, name));
      await chmod(join(folder, name), 0o777);
    }
    await chmod(folder, 0o755);
    const next = () => block.next();
    const [http, https, appid, stats, other] = [await next(), await next(), await next(), await next(), await next()];
    const service: number[] = [];
    while (service.length < 12) service.push(await next());
    const ports = { http, https, appid, stats, other, service };
    const sim = disposables.use(await startSim({ speed: 20, apps: options.apps?.(ports) ?? [], ...options.sim }));
    const prepared = { sim, ports, folder };
    const begin = (): Program =>
      disposables.use(
        startProgram(words(prepared, options), {
          cwd: join(folder, 'work'),
          env: { PORTS: [http, https, appid, stats].join(','), TMPDIR: join(folder, 'tmp'), ...options.env?.(prepared) },
          ...(options.through === undefined ? {} : { through: options.through }),
        }),
      );
    if (options.before !== undefined) disposables.use(await options.before(prepared));
    const program = begin();
    const statsGet: Container['stats'] = (path, request = {}) => get(path, { port: stats, ...request });
    const marathon = askMarathon(sim.url, options.sim?.basicAuth);
    return {
      ...prepared,
      ...marathonVerbs(marathon),
      program,
      get: (path, request = {}) => get(path, { port: request.sni === undefined ? http : https, ...request }),
      stats: statsGet,
      marathon,
      again: begin,
      configText: () => readFile(configOf(folder), 'utf8'),
      async pids() {
        const { status, text } = await statsGet('/_haproxy_getpids');
        if (status !== 200) throw new Error(`status ${status}`);
        return text.split(' ').map(Number);
      },
      [Symbol.asyncDispose]: () => disposables[Symbol.asyncDispose](),
    };
  } catch (error) {
    await disposables[Symbol.asyncDispose]();
    throw error;
  }
}

function configOf(folder: string): string {
  return join(folder, 'work', 'haproxy.cfg');
}

function words(prepared: ContainerPrepared, { mode, haproxy, args, withoutAdminListen }: ContainerOptions): string[] {
  const { sim, ports, folder } = prepared;
  const given = args?.(prepared) ?? [];
  const own = [
    ['--marathon', sim.url],
    ['--group', 'external'],
    ['--haproxy-config', configOf(folder)],
    ['--haproxy-binary', haproxy ?? '/usr/sbin/haproxy'],
    ['--state-dir', join(folder, 'work', 'state')],
    ['--runtime-dir', join(folder, 'work', 'run')],
    ['--cert-dir', join(folder, 'work', 'ssl')],
    withoutAdminListen === true ? [] : ['--admin-listen', `unix:${join(folder, 'tmp', 'admin.sock')}`],
    ['--http-port', String(ports.http)],
    ['--https-port', String(ports.https)],
    ['--appid-port', String(ports.appid)],
    ['--stats-port', String(ports.stats)],
    ['--max-backoff', '0.2'],
    ['--reload-interval', '1'],
    ['--reload-min-interval', '0.2'],
    ['--max-reload-retries', '0'],
    ['--grace-period', '5'],
    // Tests wait for what is for debugging.
    ['--log-level', 'DEBUG'],
  ];
  return ['run', ...(mode?.(prepared) ?? ['sse']), ...own.filter(([name]) => !given.includes(name ?? '')).flat(), ...given];
}
