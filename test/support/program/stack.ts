import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'vitest';
import { startMaster } from '../../../src/haproxy/process/master.ts';
import { portAnswers } from '../../../src/lib/process/port-open.ts';
import { silent } from '../../../src/log/logger.ts';
import type { SimOptions } from '../../../sim/options.ts';
import { startSim, type Sim } from '../../../sim/start.ts';
import { makeCertificate } from '../network/certificate.ts';
import { askMarathon, type AskMarathon, marathonVerbs, type MarathonVerbs } from './marathon-verbs.ts';
import { createDisposables } from './disposables.ts';
import { reservePorts } from '../network/port-block.ts';
import { startProgram, type Program } from './program.ts';
import { get, type Answer, type RequestOptions } from '../network/request.ts';
import { refuseTraces } from '../haproxy/traces.ts';

export interface Ports {
  readonly http: number;
  readonly https: number;
  readonly appid: number;
  readonly stats: number;
  /** For the apps: service ports. */
  readonly service: readonly number[];
}

/** What a test may want to know before the program starts. */
export interface Prepared {
  readonly sim: Sim;
  readonly ports: Ports;
  /** A folder of its own: the program's working directory. */
  readonly folder: string;
  readonly config: string;
  /** The HAProxy master. */
  readonly haproxy: number;
}

export interface StackOptions {
  readonly apps?: (ports: Ports) => readonly object[];
  readonly sim?: SimOptions;
  /** Added to the command line; an option of the stack's own is replaced by naming it again. */
  readonly args?: (prepared: Prepared) => readonly string[] | Promise<readonly string[]>;
  readonly env?: Readonly<Record<string, string>>;
  readonly through?: readonly string[];
  /** What is to be waited for before the program starts. */
  readonly before?: (prepared: Prepared) => Promise<unknown>;
  /** Path of the HAProxy; left out: that of the variable HAPROXY, or Debian's own. */
  readonly haproxy?: string;
  /** Reload over the master's socket, not by a command. */
  readonly byMaster?: boolean;
  /** Default: follow the event stream. */
  readonly mode?: readonly string[];
}

/** The embedded Marathon with its tasks, a real HAProxy and the built program that keeps one in step with the other. */
export interface Stack extends Prepared, MarathonVerbs, AsyncDisposable {
  readonly daemon: Program;
  /** Of the program, all but the mode. */
  readonly args: readonly string[];
  /** A request; default port: the shared HTTP frontend, over TLS the shared HTTPS one. */
  get(path: string, options?: Partial<RequestOptions>): Promise<Answer>;
  readonly marathon: AskMarathon;
  /** Tries again until nothing is thrown. */
  eventually<T>(attempt: () => T | Promise<T>): Promise<T>;
  configText(): Promise<string>;
  /** Returns the tasks that answer for the host `<id>.test`: all of up to four, as HAProxy takes them in turn. Expects that each answers. */
  tasksServing(id: string): Promise<ReadonlySet<string | undefined>>;
  /** Waits until Marathon has so many tasks of an app, and requests go to all of them and to no others. */
  expectServed(id: string, count?: number): Promise<void>;
}

/** All is fast but the end of a task: it serves until HAProxy knows, or requests would wait for its retries. */
const QUICK: SimOptions = { speed: 20, delays: { stop: 1000 } };

/** Starts all of it. HAProxy runs before the program does, as in production, with a configuration of no use. */
export async function startStack(options: StackOptions = {}): Promise<Stack> {
  const disposables = createDisposables();
  try {
    const block = disposables.use(await reservePorts());
    const folder = await mkdtemp(join(tmpdir(), 'mlb-live-'));
    disposables.defer(() => rm(folder, { recursive: true, force: true }));
    const ports = await choosePorts(() => block.next());
    const sim = disposables.use(await startSim({ ...QUICK, apps: options.apps?.(ports) ?? [], ...options.sim }));
    const config = join(folder, 'haproxy.cfg');
    await writeFile(config, placeholder(folder, ports.stats), { mode: 0o644 });
    disposables.defer(async () => refuseTraces(config));
    const binary = options.haproxy ?? process.env['HAPROXY'] ?? '/usr/sbin/haproxy';
    const masterSocket = options.byMaster === true ? { masterSocket: join(folder, 'master.sock') } : {};
    const master = disposables.use(
      await startMaster({ binary, config, grace: 300, ...masterSocket }, () => portAnswers(ports.stats), silent),
    );
    const prepared: Prepared = { sim, ports, folder, config, haproxy: master.pid };
    const args = merged(defaults(prepared, binary, await makeCertificate(folder, 'one.test')), [
      ...Object.values(masterSocket).flatMap((path) => ['--master-socket', path]),
      ...((await options.args?.(prepared)) ?? []),
    ]);
    await options.before?.(prepared);
    const daemon = disposables.use(
      startProgram([...args, ...(options.mode ?? ['--sse'])], {
        cwd: folder,
        env: options.env ?? {},
        through: options.through ?? [],
      }),
    );
    const marathon = askMarathon(sim.url, options.sim?.basicAuth);
    const getApp: Stack['get'] = (path, request = {}) =>
      get(path, { port: request.sni === undefined ? ports.http : ports.https, ...request });
    const tasksServing: Stack['tasksServing'] = async (id) => {
      const host = `${id.slice(1)}.test`;
      const answers = await Promise.all(Array.from({ length: 8 }, () => getApp('/', { host })));
      expect(answers.map(({ status }) => status)).toEqual(answers.map(() => 200));
      return new Set(answers.map(({ task }) => task));
    };
    return {
      ...prepared,
      ...marathonVerbs(marathon),
      daemon,
      args,
      get: getApp,
      marathon,
      tasksServing,
      expectServed: (id, count = 1) =>
        daemon.eventually(async () => {
          const tasks = sim.tasks(id).map((task) => task.id);
          expect(tasks).toHaveLength(count);
          expect(await tasksServing(id)).toEqual(new Set(tasks));
        }),
      eventually: (attempt) => daemon.eventually(attempt),
      configText: () => readFile(config, 'utf8'),
      [Symbol.asyncDispose]: () => disposables[Symbol.asyncDispose](),
    };
  } catch (error) {
    await disposables[Symbol.asyncDispose]();
    throw error;
  }
}

async function choosePorts(next: () => Promise<number>): Promise<Ports> {
  const [http, https, appid, stats] = [await next(), await next(), await next(), await next()];
  const service: number[] = [];
  while (service.length < 70) service.push(await next());
  return { http, https, appid, stats, service };
}

function placeholder(folder: string, stats: number): string {
  return `global
  stats socket ${folder}/first.sock level admin expose-fd listeners
defaults
  mode http
  timeout connect 3s
  timeout client 3s
  timeout server 3s
frontend first
  bind *:${stats}
`;
}

type Args = readonly (readonly string[])[];

function defaults({ sim, ports, folder, config, haproxy }: Prepared, binary: string, certificate: string): Args {
  return [
    ['--marathon', sim.url],
    ['--group', 'external'],
    ['--haproxy-config', config],
    ['--haproxy-binary', binary],
    ['--command', `sh -c 'kill -USR2 ${haproxy}'`],
    ['--reload-interval', '1'],
    ['--reload-min-interval', '0'],
    ['--max-backoff', '0.2'],
    ['--ssl-certs', certificate],
    ['--http-port', String(ports.http)],
    ['--https-port', String(ports.https)],
    ['--appid-port', String(ports.appid)],
    ['--stats-port', String(ports.stats)],
    ['--syslog-socket', '/dev/null'],
    ['--state-dir', join(folder, 'state')],
    ['--runtime-dir', join(folder, 'run')],
    ['--admin-listen', `unix:${join(folder, 'admin.sock')}`],
  ];
}

function merged(own: Args, given: readonly string[]): string[] {
  return [...own.filter(([name]) => !given.includes(name ?? '')).flat(), ...given];
}
