/** `marathon-lb status`: asks the load balancer on this machine for its current state and problems. */
import { setTimeout as sleep } from 'node:timers/promises';
import { type Command, Option } from 'commander';
import { z } from 'zod';
import { loadSettings } from '../config/load-settings.ts';
import type { Settings } from '../config/settings.ts';
import type { Machine } from '../config/machine.ts';
import { addOptions } from '../config/options/command.ts';
import type { AdminListen } from '../config/places/admin-listen.ts';
import type { CertificateEnd } from '../certificates/expiry.ts';
import type { Finding, ServiceStatus, Status } from '../engine/status/status.ts';
import { createRunningFile } from '../engine/state/running.ts';
import { localTime } from '../lib/text/local-time.ts';
import { askRunning } from './running/ask.ts';
import { attach } from './running/attach.ts';
import { parseJson } from '../lib/text/parse-json.ts';
import { plural } from '../lib/text/plural.ts';
import { escapeControls } from '../log/escape-controls.ts';
import { silent } from '../log/logger.ts';
import { templates } from '../render/templates/defaults.ts';

/** Exit statuses: all is well; ready, with problems; not ready, or no load balancer answers. */
export const STATUSES = { well: 0, problems: 1, notReady: 2 } as const;

/** Puts the command on the program; `run` gets whether JSON is wanted, and the raw options of the table. */
export function addStatusCommand(
  program: Command,
  run: (asked: StatusOptions, raw: Record<string, unknown>) => Promise<void>,
): void {
  const command = program
    .command('status')
    .description(
      'Asks the load balancer that runs on this machine what is wrong right now; if several run, --haproxy-config chooses one. Exit status 0: all is well; 1: there are problems; 2: it is not ready, or does not answer.',
    )
    .addOption(new Option('--watch', 'show it again every 2 s, until Ctrl-C').conflicts('json'))
    .addOption(new Option('--json', 'print JSON'));
  addOptions(command, ['admin-listen', 'haproxy-config', 'state-dir', 'runtime-dir']).action((raw: Record<string, unknown>) =>
    run({ json: raw['json'] === true, watch: raw['watch'] === true }, raw),
  );
}

export interface StatusOptions {
  readonly json: boolean;
  /** Clears the terminal, and prints again until the signal. */
  readonly watch: boolean;
}

/** Prints the status and returns the exit status: the last one if it is watched. Throws `UsageError`. */
export async function status(
  { json, watch }: StatusOptions,
  raw: Record<string, unknown>,
  machine: Machine,
  { out, err, signal }: { out: (text: string) => void; err: (text: string) => void; signal: AbortSignal },
): Promise<number> {
  const listen = await placeOfRunning(raw, machine, signal);
  for (;;) {
    const found = await ask(listen);
    if (watch) out(CLEAR);
    if (typeof found === 'string') err(`marathon-lb status: ${found}\n`);
    else out(json ? `${JSON.stringify(found, undefined, 2)}\n` : escapeControls(formatStatus(found)));
    const exit = typeof found === 'string' ? STATUSES.notReady : statusOf(found);
    if (!watch) return exit;
    await sleep(WATCH_EVERY, undefined, { signal }).catch(() => {});
    if (signal.aborted) return exit;
  }
}

/** Returns where the endpoints of the load balancer that runs here are; undefined: it has none. Throws `UsageError`. */
export async function placeOfRunning(
  raw: Record<string, unknown>,
  machine: Machine,
  signal: AbortSignal,
): Promise<AdminListen | undefined> {
  const { run } =
    (raw['adminListen'] === undefined ? (await attach(raw, machine, signal))?.settings : undefined) ??
    loadSettings({ marathon: ['http://localhost:8080'], group: ['*'], ...raw }, machine, Object.keys(templates));
  const known = raw['adminListen'] === undefined ? await createRunningFile(run.stateDir, silent).read() : undefined;
  return known === undefined ? run.adminListen : known.listen;
}

/** Returns the status, or in a sentence why there is none. */
function ask(listen: AdminListen | undefined): Promise<Status | string> {
  return askRunning(listen, '/_mlb/api/status', readStatus);
}

/** Moves to the upper left corner, and clears the terminal (ECMA-48). */
const CLEAR = '\u001B[H\u001B[2J';

/** Milliseconds. */
const WATCH_EVERY = 2000;

/** Returns the exit status for what was found. */
export function statusOf(
  {
    ready,
    problems,
    foreign,
    services,
    certificates,
  }: Pick<Status, 'ready' | 'problems' | 'foreign' | 'services' | 'certificates'>,
  now = new Date(),
): number {
  if (!ready) return STATUSES.notReady;
  const isEnding = certificates.some((each) => daysLeft(each, now) < DAYS_OF_ALARM);
  return problems > 0 || foreign !== undefined || isEnding || services.some(isWithoutServer) ? STATUSES.problems : STATUSES.well;
}

/** Returns what the load balancer says of files that HAProxy runs because somebody put them there; undefined: none, or it does not answer. */
export async function foreignFiles({ run }: Pick<Settings, 'run'>): Promise<string | undefined> {
  const known = await createRunningFile(run.stateDir, silent).read();
  const found = await ask(known?.listen ?? run.adminListen);
  return typeof found === 'string' ? undefined : found.foreign;
}

/** Days before the end of a certificate from which on it is listed, and from which on it is a problem. */
const DAYS_OF_NOTE = 30;
const DAYS_OF_ALARM = 14;

function daysLeft({ ends }: CertificateEnd, now: Date): number {
  return (Date.parse(ends) - now.getTime()) / 86_400_000;
}

function formatCertificate(certificate: CertificateEnd, now: Date): string {
  const days = Math.floor(daysLeft(certificate, now));
  const when = days < 0 ? 'has ended' : days === 0 ? 'ends today' : `ends in ${plural(days, 'day')}`;
  return `  ${certificate.name} ${when}, ${localTime(new Date(certificate.ends))} (${certificate.path})`;
}

/** Reads an answer: the address may be another program's by now. Throws if it is no status. */
function readStatus(text: string): Status {
  const read = schema.safeParse(parseOrNothing(text));
  if (!read.success) throw new Error('its answer is no status: an older version, or another program');
  return read.data as unknown as Status;
}

function parseOrNothing(text: string): unknown {
  try {
    return parseJson(text);
  } catch {
    return undefined;
  }
}

const word = z.string();

/** The fields that are shown; newer versions may have more. */
const schema = z.looseObject({
  ready: z.boolean(),
  reasons: z.array(z.looseObject({ code: word, detail: word })),
  version: word,
  problems: z.number(),
  marathon: z.looseObject({ urls: z.array(word), leader: word.optional(), heardAgo: z.number().optional() }),
  haproxy: z.looseObject({
    state: word,
    version: word.optional(),
    oldWorkers: z.number().optional(),
    reloadsToday: z.record(word, z.number()),
  }),
  services: z.array(z.looseObject({ app: word, backend: word, servers: z.array(z.looseObject({ state: word })) })),
  findings: z.array(
    z.looseObject({ kind: word, app: word, code: word, detail: word, since: word, label: word.optional(), fix: word.optional() }),
  ),
  certificates: z.array(z.looseObject({ path: word, name: word, ends: word })),
  certificateProblems: z.array(z.looseObject({ origin: word, detail: word })).optional(),
  warnings: z.array(word),
  foreign: word.optional(),
  policy: z
    .looseObject({ file: word, rules: z.number(), since: word, fault: z.looseObject({ detail: word, since: word }).optional() })
    .optional(),
  passes: z.array(z.looseObject({ id: z.number(), at: word, cause: word, text: word })),
});

/** Returns the status in words, the worst first. */
export function formatStatus(status: Status, now = new Date()): string {
  const {
    ready,
    reasons,
    problems,
    foreign,
    policy,
    marathon,
    haproxy,
    services,
    findings,
    certificates,
    certificateProblems = [],
    warnings,
    passes,
    version,
  } = status;
  const notes = findings.filter(({ kind }) => kind === 'note').length;
  const head = ready
    ? `ready${foreign === undefined ? '' : ', but not with what Marathon says'}, ${problems === 0 ? 'no problems' : plural(problems, 'problem')}${notes === 0 ? '' : `, ${plural(notes, 'note')}`}`
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
    ...(foreign === undefined ? [] : [`  ${foreign}`]),
    ...warnings.map((warning) => `  ${warning}`),
    '',
    `Marathon   ${marathon.urls.join(', ')}${marathon.leader === undefined ? '' : `, leader ${marathon.leader}`}; ${heard(marathon.heardAgo)}`,
    `HAProxy    ${[haproxy.version ?? 'version not known', ...(haproxy.state === 'unknown' ? [] : [haproxy.state]), ...(haproxy.oldWorkers ? [plural(haproxy.oldWorkers, 'old worker')] : [])].join(', ')}`,
    `Reloads    ${reloads.length === 0 ? 'none today' : `today: ${reloads.map(([reason, count]) => `${count} × ${reason}`).join('; ')}`}`,
    foreign === undefined
      ? `Services   ${services.length}, with ${plural(servers.length, 'server')}: ${counts.join(', ')}`
      : 'Services   not known: they are those of the files',
    ...(policy === undefined
      ? []
      : [`Policy     ${policy.file}, ${plural(policy.rules, 'rule')} of ${localTime(new Date(policy.since))}`]),
    ...firstEnd(certificates, now),
    ...services.filter(isWithoutServer).map(({ app, backend }) => `  no server of ${app} is up (${backend})`),
    ...section('Problems', [
      ...policyFault(policy),
      ...certificateProblems.map(({ origin, detail }) => `  ${origin} ${detail} [certificate-unusable]`),
      ...findings.filter(({ kind }) => kind === 'problem').map(formatFinding),
    ]),
    ...section(
      'Certificates',
      certificates.filter((each) => daysLeft(each, now) < DAYS_OF_NOTE).map((each) => formatCertificate(each, now)),
    ),
    ...section('Notes', findings.filter(({ kind }) => kind === 'note').map(formatFinding)),
    ...section(
      'Last changes',
      passes.slice(0, 5).map(({ id, at, cause, text }) => `  #${id} ${localTime(new Date(at))} ${cause}: ${text}`),
    ),
    '',
  ].join('\n');
}

/** Certificates that end soon are listed on their own. */
function firstEnd([first, ...rest]: Status['certificates'], now: Date): readonly string[] {
  if (first === undefined || daysLeft(first, now) < DAYS_OF_NOTE) return [];
  const days = plural(Math.floor(daysLeft(first, now)), 'day');
  return [`Certs      ${rest.length + 1}; the first to end is ${first.name}, in ${days}`];
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
  return `  ${app}: ${line}${where} [${code}, since ${localTime(new Date(since))}]${fix === undefined ? '' : `\n    fix: ${fix}`}`;
}

function policyFault(policy: Status['policy']): readonly string[] {
  if (policy?.fault === undefined) return [];
  const { detail, since } = policy.fault;
  const fix = 'correct the file and send SIGHUP; until then the rules of before count';
  return [`  the policy cannot be used: ${detail} [policy-unusable, since ${localTime(new Date(since))}]\n    fix: ${fix}`];
}

function heard(ms: number | undefined): string {
  return ms === undefined ? 'nothing heard yet' : `heard ${Math.round(ms / 1000)} s ago`;
}
