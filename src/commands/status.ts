/** `marathon-lb status`: what is wrong right now, asked of the load balancer that runs on this machine. */
import { request } from 'node:http';
import { type Command, Option } from 'commander';
import { loadSettings } from '../config/load-settings.ts';
import type { World } from '../config/machine.ts';
import { addOptions } from '../config/options/command.ts';
import { type AdminListen, adminAddress } from '../config/places/admin-listen.ts';
import type { Finding, ServiceStatus, Status } from '../engine/status/status.ts';
import { createAdminAddressFile } from '../engine/state/admin-address.ts';
import { plural } from '../lib/text/plural.ts';
import { harmless } from '../log/harmless.ts';
import { silent } from '../log/logger.ts';
import { templates } from '../render/templates/defaults.ts';

/** Exit statuses: all is well; ready, with problems; not ready, or no load balancer answers. */
export const STATUSES = { well: 0, problems: 1, notReady: 2 } as const;

/** Puts the command on the program; `run` gets whether JSON is wanted, and the raw options of the table. */
export function addStatusCommand(program: Command, run: (json: boolean, raw: Record<string, unknown>) => Promise<void>): void {
  const command = program
    .command('status')
    .description(
      'Asks the load balancer of this machine what is wrong right now. It finds it by its state folder: if it was started with --haproxy-config or --state-dir, give the same. Exit status 0: all is well; 1: there are problems; 2: it is not ready, or does not answer.',
    )
    .addOption(new Option('--json', 'print JSON'));
  addOptions(command, ['admin-listen', 'haproxy-config', 'state-dir', 'runtime-dir']).action((raw: Record<string, unknown>) =>
    run(raw['json'] === true, raw),
  );
}

/** Prints the status and returns the exit status. Throws `UsageError`. */
export async function status(
  json: boolean,
  raw: Record<string, unknown>,
  world: World,
  { out, err }: { out: (text: string) => void; err: (text: string) => void },
): Promise<number> {
  const { run } = loadSettings({ marathon: ['http://localhost:8080'], group: ['*'], ...raw }, world, Object.keys(templates));
  const known = raw['adminListen'] === undefined ? await createAdminAddressFile(run.stateDir, silent).read() : undefined;
  const found = await ask(known ?? run.adminListen);
  if (typeof found === 'string') {
    err(`marathon-lb status: ${found}\n`);
    return STATUSES.notReady;
  }
  out(json ? `${JSON.stringify(found, undefined, 2)}\n` : harmless(formatStatus(found)));
  return statusOf(found);
}

/** Returns the exit status for what was found. */
export function statusOf({ ready, problems, services }: Pick<Status, 'ready' | 'problems' | 'services'>): number {
  if (!ready) return STATUSES.notReady;
  return problems > 0 || services.some(isWithoutServer) ? STATUSES.problems : STATUSES.well;
}

/** Returns the status, or in a sentence why there is none. */
async function ask(listen: AdminListen | undefined): Promise<Status | string> {
  if (listen === undefined) return 'the load balancer has no endpoints of its own (--admin-listen off)';
  const where = adminAddress(listen);
  const place =
    listen.kind === 'unix'
      ? { socketPath: listen.path }
      : { host: where.slice(0, where.lastIndexOf(':')).replaceAll(/[[\]]/g, ''), port: listen.port };
  return new Promise((resolve) => {
    const fail = (why: string): void =>
      resolve(
        `no load balancer answers at ${where} (${why}); is it running? Give the --state-dir and --haproxy-config that it was started with, or --admin-listen`,
      );
    const asked = request({ ...place, path: '/_mlb/api/status', timeout: PATIENCE }, (answer) => {
      const chunks: Buffer[] = [];
      answer.on('data', (chunk: Buffer) => chunks.push(chunk));
      answer.on('error', (error) => fail(error.message));
      answer.on('end', () => {
        if (answer.statusCode !== 200) return fail(`status ${answer.statusCode}: an older version, or another program`);
        try {
          resolve(JSON.parse(Buffer.concat(chunks).toString()) as Status);
        } catch {
          fail('its answer is not JSON');
        }
      });
    });
    asked.on('timeout', () => asked.destroy(new Error(`no answer within ${PATIENCE / 1000} s`)));
    asked.on('error', (error) => fail(error.message));
    asked.end();
  });
}

/** Milliseconds: more than the load balancer waits for HAProxy. */
const PATIENCE = 10_000;

/** Returns the status in words, the worst first. */
export function formatStatus(status: Status): string {
  const { ready, reasons, problems, marathon, haproxy, services, findings, passes, version } = status;
  const notes = findings.filter(({ kind }) => kind === 'note').length;
  const head = ready
    ? `ready, ${problems === 0 ? 'no problems' : plural(problems, 'problem')}${notes === 0 ? '' : `, ${plural(notes, 'note')}`}`
    : 'NOT READY';
  const servers = services.flatMap((service) => service.servers);
  const states = ['up', 'draining', 'down', 'unknown'] as const;
  const counts = states
    .map((state) => [state, servers.filter((server) => server.state === state).length] as const)
    .filter(([state, count]) => count > 0 || state !== 'unknown')
    .map(([state, count]) => `${count} ${state}`);
  const reloads = Object.entries(haproxy.reloadsToday);
  return [
    `marathon-lb ${version}: ${head}`,
    ...reasons.map(({ code, detail }) => `  ${code}: ${detail}`),
    '',
    `Marathon   ${marathon.urls.join(', ')}${marathon.leader === undefined ? '' : `, leader ${marathon.leader}`}; ${heard(marathon.heardAgo)}`,
    `HAProxy    ${[haproxy.version ?? 'version not known', ...(haproxy.state === 'unknown' ? [] : [haproxy.state]), ...(haproxy.oldWorkers ? [plural(haproxy.oldWorkers, 'old worker')] : [])].join(', ')}`,
    `Reloads    ${reloads.length === 0 ? 'none today' : `today: ${reloads.map(([reason, count]) => `${count} × ${reason}`).join('; ')}`}`,
    `Services   ${services.length}, with ${plural(servers.length, 'server')}: ${counts.join(', ')}`,
    ...services.filter(isWithoutServer).map(({ app, backend }) => `  no server of ${app} is up (${backend})`),
    ...section('Problems', findings.filter(({ kind }) => kind === 'problem').map(formatFinding)),
    ...section('Notes', findings.filter(({ kind }) => kind === 'note').map(formatFinding)),
    ...section(
      'Last changes',
      passes.slice(0, 5).map(({ id, at, cause, text }) => `  #${id} ${at} ${cause}: ${text}`),
    ),
    '',
  ].join('\n');
}

function section(title: string, lines: readonly string[]): readonly string[] {
  return lines.length === 0 ? [] : ['', title, ...lines];
}

/** Returns whether requests for a service surely fail. */
function isWithoutServer({ servers }: ServiceStatus): boolean {
  return servers.every(({ state }) => state === 'down' || state === 'draining');
}

function formatFinding({ app, label, code, detail, fix, since }: Finding): string {
  const where = label === undefined || detail.includes(label) ? '' : ` (${label})`;
  const line = detail.replaceAll(/\s+/g, ' ');
  return `  ${app}: ${line}${where} [${code}, since ${since}]${fix === undefined ? '' : `\n    fix: ${fix}`}`;
}

function heard(ms: number | undefined): string {
  return ms === undefined ? 'nothing heard yet' : `heard ${Math.round(ms / 1000)} s ago`;
}
