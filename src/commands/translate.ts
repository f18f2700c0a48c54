/** `marathon-lb translate traefik APP.json`: our labels for apps that have those of Traefik. */
import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { type Command, InvalidArgumentError, Option } from 'commander';
import { marathonSettings } from '../config/load-settings.ts';
import type { Machine } from '../config/machine.ts';
import { addOptions } from '../config/options/command.ts';
import { readValues } from '../config/options/read.ts';
import { UsageError } from '../config/usage-error.ts';
import { version } from '../config/version.ts';
import { plural } from '../lib/text/plural.ts';
import { escapeControls } from '../log/escape-controls.ts';
import { silent } from '../log/logger.ts';
import { MarathonError } from '../sources/marathon/error.ts';
import { createClient } from '../sources/marathon/http/client.ts';
import { appsIn, type TraefikApp } from '../translate/traefik/apps.ts';
import { type Translated, translateTraefik } from '../translate/traefik/translate.ts';

/** Exit statuses: all was translated; something has no counterpart; nothing could be read, or a usage error. */
const STATUSES = { well: 0, lost: 1, unread: 2 } as const;

/** Puts the command on the program; `run` gets the files and the raw options. */
export function addTranslateCommand(
  program: Command,
  run: (files: readonly string[], raw: Record<string, unknown>) => Promise<void>,
): void {
  const command = program
    .command('translate')
    .description(
      "Prints the labels of the load balancer for apps with labels of Traefik 2's Marathon provider, and lists what has no counterpart; changes nothing. Exit status 0: all was translated; 1: something has no counterpart; 2: the apps cannot be read, or a wrong option.",
    )
    .argument('<from>', 'traefik', parseFrom)
    .argument('[files...]', 'app definitions (JSON): apps, lists of them, groups; without files, all apps of --marathon')
    .addOption(new Option('--json', 'print what Marathon takes as a change of the apps (PATCH /v2/apps, PUT /v2/apps/ID)'))
    .addOption(new Option('--group <name>', 'group for apps that have no HAPROXY_GROUP').default('external'))
    .addOption(new Option('--http-entry-points <names>', 'entry points without TLS, separated by commas').default('web,http'))
    .addOption(new Option('--https-entry-points <names>', 'entry points with TLS').default('websecure,https'));
  addOptions(command, [
    'marathon',
    'auth-credentials',
    'marathon-auth-credential-file',
    'dcos-auth-credentials',
    'marathon-ca-cert',
    'marathon-insecure',
  ]).action((_from: string, files: readonly string[], raw: Record<string, unknown>) => run(files, raw));
}

/** Prints the labels and returns the exit status. Throws `UsageError`. */
export async function translate(
  files: readonly string[],
  raw: Readonly<Record<string, unknown>>,
  machine: Machine,
  { out, err, signal }: { out: (text: string) => void; err: (text: string) => void; signal: AbortSignal },
): Promise<number> {
  const { json, group, httpEntryPoints, httpsEntryPoints, ...ofMarathon } = raw;
  const read = readValues(ofMarathon, machine.env, machine.platform);
  if (files.length > 0 === read.given.has('marathon')) throw new UsageError('give files with app definitions, or --marathon');
  try {
    const apps =
      files.length > 0
        ? (await Promise.all(files.map((file) => appsOfFile(file, machine)))).flat()
        : await appsOfMarathon(marathonSettings(read, machine), signal);
    const found = translateTraefik(apps, {
      group: String(group),
      entryPoints: { http: namesOf(httpEntryPoints), https: namesOf(httpsEntryPoints) },
    });
    out(json === true ? patchOf(found, apps) : escapeControls(found.map(formatLabels).join('\n')));
    err(escapeControls(formatRemarks(found)));
    return found.some(({ remarks }) => remarks.some(({ kind }) => kind === 'lost')) ? STATUSES.lost : STATUSES.well;
  } catch (error) {
    if (!(error instanceof MarathonError)) throw error;
    err(`marathon-lb translate: ${error.message}\n`);
    return STATUSES.unread;
  }
}

async function appsOfMarathon(settings: Parameters<typeof createClient>[0], signal: AbortSignal): Promise<readonly TraefikApp[]> {
  await using client = createClient(settings, { log: silent, version: version() });
  const apps = appsIn(await client.getJson('/v2/apps', signal));
  if (apps === undefined)
    throw new MarathonError(
      'unexpected-answer',
      'the answer to GET /v2/apps has no apps: check that --marathon names a Marathon',
    );
  return apps;
}

async function appsOfFile(file: string, { cwd }: Machine): Promise<readonly TraefikApp[]> {
  let apps: readonly TraefikApp[] | undefined;
  try {
    apps = appsIn(JSON.parse(await readFile(resolve(cwd, file), 'utf8')));
  } catch (error) {
    throw new UsageError(`cannot read ${file}: ${error instanceof Error ? error.message : String(error)}`);
  }
  if (apps === undefined) throw new UsageError(`${file} has no app definitions: an app has at least an id`);
  return apps;
}

function namesOf(value: unknown): ReadonlySet<string> {
  return new Set(
    String(value)
      .split(',')
      .flatMap((name) => name.trim().toLowerCase() || []),
  );
}

/** Returns the labels of an app as its definition has them. */
function formatLabels({ id, labels }: Translated): string {
  const lines = Object.entries(labels).map(([label, value]) => `  ${JSON.stringify(label)}: ${JSON.stringify(value)}`);
  return `${id}\n${lines.length === 0 ? '  no labels' : lines.join(',\n')}\n`;
}

/** Marathon takes labels as a whole: those that the app has stay. */
function patchOf(found: readonly Translated[], apps: readonly TraefikApp[]): string {
  const before = new Map(apps.map(({ id, labels }) => [id, labels]));
  const changes = found
    .filter(({ labels }) => Object.keys(labels).length > 0)
    .map(({ id, labels }) => ({ id, labels: { ...before.get(id), ...labels } }));
  const [only] = changes;
  return `${JSON.stringify(apps.length === 1 && only ? only : changes, undefined, 2)}\n`;
}

function formatRemarks(found: readonly Translated[]): string {
  const all = found.flatMap(({ id, remarks }) => remarks.map((remark) => ({ id, ...remark })));
  const told = (wanted: string, title: (count: number) => string): string => {
    const some = all.filter(({ kind }) => kind === wanted);
    const lines = some.map(
      ({ id, label, why, guards }) =>
        `  ${id} ${label.replaceAll(/\s+/g, ' ')}: ${why}${guards ? '. It may keep somebody away: what is printed is off (ENABLED) until you have something else for it' : ''}\n`,
    );
    return some.length === 0 ? '' : `${title(some.length)}\n${lines.join('')}`;
  };
  return (
    told('lost', (count) => `No counterpart (${plural(count, 'label')}):`) +
    told('differs', (count) => `With a difference (${plural(count, 'label')}):`)
  );
}

function parseFrom(value: string): string {
  if (value === 'traefik') return value;
  throw new InvalidArgumentError('It must be traefik.');
}
