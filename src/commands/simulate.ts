import { readFile } from 'node:fs/promises';
import { InvalidArgumentError, type Command } from 'commander';
import type { Profile } from '#sim/options.ts';
import { aborted } from '../lib/async/signals.ts';

/** The settings of `marathon-lb simulate`. */
export interface SimulateOptions {
  readonly port: number;
  readonly bind: string;
  /** Path of a JSON file: a list of apps, or `{"apps": […]}` as GET /v2/apps gives it. Default: samples. */
  readonly apps?: string;
  readonly profile: Profile;
  readonly speed: number;
}

/** Adds `simulate` to the program; `run` gets its options and returns the exit code. */
export function addSimulateCommand(program: Command, run: (options: SimulateOptions) => Promise<void>): void {
  program
    .command('simulate')
    .description('start an embedded Marathon whose tasks are local servers: to try things out, and for tests')
    .option('--port <port>', 'port of the REST interface and the event stream, 0 for a free one', parsePort, 8080)
    .option('--bind <address>', 'address it listens on', '127.0.0.1')
    .option('--apps <file>', 'JSON file with app definitions: a list, or {"apps": […]} (default: a handful of samples)')
    .option('--profile <version>', 'dialect of Marathon: 1.4 or 1.11', parseProfile, '1.11')
    .option('--speed <factor>', 'divides all delays and the intervals of health checks', parseSpeed, 1)
    .action(run);
}

/** Runs the embedded Marathon until `signal` is aborted. Returns the exit code: 0, or 1 with a message on stderr if it could not start. */
export async function simulate(options: SimulateOptions, signal: AbortSignal): Promise<number> {
  // Only here: no other command pays for loading the simulator.
  const [{ startSim }, { sampleApps }] = await Promise.all([import('#sim/start.ts'), import('#sim/samples.ts')]);
  const { port, bind, profile, speed } = options;
  try {
    const apps = options.apps === undefined ? sampleApps() : await readApps(options.apps);
    await using sim = await startSim({ port, bind, profile, speed, apps });
    console.log(manual(sim.url, apps));
    await aborted(signal);
  } catch (error) {
    console.error(`marathon-lb simulate: ${explain(error, options)}`);
    return 1;
  }
  return 0;
}

async function readApps(file: string): Promise<object[]> {
  const parsed: unknown = JSON.parse(await readFile(file, 'utf8'));
  const list: unknown = typeof parsed === 'object' && parsed !== null && 'apps' in parsed ? parsed.apps : parsed;
  if (!Array.isArray(list)) throw new Error(`${file} holds no list of apps: write [{"id": "/app", …}] or {"apps": […]}`);
  return list as object[];
}

/** The lines to copy are about the first app, so that they work as they are. */
function manual(url: string, apps: readonly { readonly id?: unknown }[]): string {
  const [first] = apps;
  const app = `${url}/v2/apps/${typeof first?.id === 'string' ? first.id.replace(/^\//, '') : 'APP'}`;
  return [
    `A Marathon with ${apps.length} apps is at ${url} (Ctrl-C ends it and its tasks)`,
    '',
    '  all apps        curl -s ' + url + '/v2/apps?embed=apps.tasks',
    '  event stream    curl -sN -H "Accept: text/event-stream" ' + url + '/v2/events',
    '  scale           curl -s -X PUT -H "Content-Type: application/json" -d \'{"instances": 3}\' ' + app,
    '  deploy          curl -s -X POST ' + app + '/restart',
    '  delete          curl -s -X DELETE ' + app,
    '  tasks           curl -s ' + url + '/_sim/tasks',
    '  make one crash  curl -s -X POST ' + url + '/_sim/tasks/TASK_ID/crash',
    '  fail a check    curl -s -X POST "' + url + '/_sim/tasks/TASK_ID/health?ok=false"',
    '  lose the leader curl -s -X POST "' + url + '/_sim/leader/lose?ms=5000"',
    '',
  ].join('\n');
}

function explain(error: unknown, { port, bind, apps }: SimulateOptions): string {
  const { code, message, body } = error as { code?: string; message?: string; body?: { details?: unknown } };
  if (code === 'EADDRINUSE') return `port ${port} on ${bind} is taken: choose another with --port, or --port 0 for a free one`;
  if (code === 'EACCES') return `port ${port} on ${bind} is not allowed to this user: choose one above 1023 with --port`;
  if (code === 'ENOENT') return `there is no file ${apps ?? ''}: give --apps the path of a JSON file`;
  if (error instanceof SyntaxError) return `${apps ?? 'the apps'} is not JSON: ${error.message}`;
  const details = body?.details === undefined ? '' : ` ${JSON.stringify(body.details)}: fix the app in ${apps ?? 'the samples'}`;
  return `${message ?? String(error)}${details}`;
}

function parsePort(value: string): number {
  const port = Number(value);
  if (!/^\d+$/.test(value) || port > 65_535) throw new InvalidArgumentError('A port is a number from 0 to 65535.');
  return port;
}

function parseProfile(value: string): Profile {
  if (value !== '1.4' && value !== '1.11') throw new InvalidArgumentError('Known profiles: 1.4, 1.11.');
  return value;
}

function parseSpeed(value: string): number {
  const speed = Number(value);
  if (!(speed > 0)) throw new InvalidArgumentError('A speed is a number above 0: 1 is as in life, 10 is ten times as fast.');
  return speed;
}
