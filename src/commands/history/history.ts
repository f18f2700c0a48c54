/** `marathon-lb history`: what happened and why, from the journal on disk. */
import { readFile } from 'node:fs/promises';
import { type Command, InvalidArgumentError } from 'commander';
import { addOptions } from '../../config/options/command.ts';
import { stateDir } from '../../config/load-settings.ts';
import { UsageError } from '../../config/usage-error.ts';
import { readValues } from '../../config/options/read.ts';
import type { Machine } from '../../config/machine.ts';
import { journalFiles } from '../../engine/journal/file.ts';
import { type FileEntry, readFileEntry } from '../../engine/journal/file-entry.ts';
import { localTime } from '../../lib/text/local-time.ts';
import { plural } from '../../lib/text/plural.ts';
import { restore } from './restore.ts';
import { attach } from '../running/attach.ts';
import { escapeControls } from '../../log/escape-controls.ts';

export interface HistoryOptions {
  readonly last: number;
  readonly app?: string;
  readonly json?: true;
  readonly all?: true;
  readonly diff?: number;
  readonly restore?: number;
}

/** Puts the command on the program; `run` gets the options and the raw ones of the table. */
export function addHistoryCommand(
  program: Command,
  run: (options: HistoryOptions, raw: Record<string, unknown>) => Promise<void>,
): void {
  const command = program
    .command('history')
    .description('Shows what the load balancer did and why, the newest last.')
    .option('--last <n>', 'how many passes are shown', parseCount, 20)
    .option('--app <id>', 'only those that changed this app or found something wrong with it')
    .option('--all', 'also passes that changed nothing')
    .option('--diff <n>', 'print what pass n changed in the configuration', parseCount)
    .option('--restore <n>', 'bring back the configuration that pass n left, from the archive', parseCount)
    .option('--json', 'one JSON object a line');
  addOptions(command, ['state-dir', 'haproxy-config']).action((raw: HistoryOptions & Record<string, unknown>) => run(raw, raw));
}

/** The text that is printed. Throws `UsageError` if there is no journal or no such pass. */
export async function history(
  options: HistoryOptions,
  raw: Record<string, unknown>,
  machine: Machine,
  signal: AbortSignal,
): Promise<string> {
  const attached = await attach(raw, machine, signal);
  const folder = attached?.settings.run.stateDir ?? stateDir(readValues(raw, machine.env, machine.platform).values, machine);
  const passes = await readPasses(folder);
  if (options.restore !== undefined) return restore(passes, options.restore, attached, signal);
  if (options.diff !== undefined) return diffOfPass(passes, options.diff);
  const wanted = passes.filter((pass) => isWanted(pass, options));
  if (options.json)
    return wanted
      .slice(-options.last)
      .map((pass) => `${JSON.stringify(pass)}\n`)
      .join('');
  const shown = withoutWaiting(wanted).slice(-options.last);
  return shown.length === 0
    ? 'Nothing of that kind happened yet; --all shows passes that changed nothing.\n'
    : shown.map(({ pass, waited }) => formatPass(pass, waited)).join('');
}

async function readPasses(folder: string): Promise<FileEntry[]> {
  const texts = await Promise.all(journalFiles(folder).map(readText));
  if (texts.every((text) => text === undefined)) {
    throw new UsageError(
      `there is no journal in ${folder}; name the folder with --state-dir, or give the same --haproxy-config as the load balancer has`,
    );
  }
  return texts.flatMap((text) => text?.split('\n').flatMap((line) => readFileEntry(line) ?? []) ?? []);
}

async function readText(path: string): Promise<string | undefined> {
  return readFile(path, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return undefined;
    throw new UsageError(`${path} cannot be read: ${error.message}; try it as the user of the load balancer`);
  });
}

function isWanted(pass: FileEntry, { app, all }: HistoryOptions): boolean {
  const told = [...pass.changes, ...pass.appeared, ...(pass.altered ?? []), ...pass.mended];
  if (app !== undefined) return told.some((each) => each.app === withSlash(app));
  return all === true || pass.outcome !== 'unchanged' || told.length > 0;
}

function withSlash(app: string): string {
  return app.startsWith('/') ? app : `/${app}`;
}

function diffOfPass(passes: readonly FileEntry[], number: number): string {
  const pass = passes.findLast((each) => each.pass === number);
  if (pass === undefined) {
    const [first, last] = [passes[0]?.pass, passes.at(-1)?.pass];
    throw new UsageError(`there is no pass ${number}; the journal has ${first === undefined ? 'none' : `${first} to ${last}`}`);
  }
  if (pass.diff === undefined) return `Pass ${number} has no difference to show: ${pass.result}\n`;
  return escapeControls(`${pass.diff}\n`);
}

interface Shown {
  readonly pass: FileEntry;
  /** The passes that wanted this one's reload before it was allowed, and did nothing else. */
  readonly waited: readonly FileEntry[];
}

/** Each pass asks again for a reload that has to wait. Such passes are shown with the pass that reloads. */
function withoutWaiting(passes: readonly FileEntry[]): readonly Shown[] {
  const shown: Shown[] = [];
  let waited: FileEntry[] = [];
  for (const pass of passes) {
    const isWaiting = pass.outcome === 'postponed' && pass.changes.length === 0;
    const isNews = pass.appeared.length > 0 || pass.mended.length > 0 || (pass.altered ?? []).length > 0;
    if (isWaiting && !isNews) waited.push(pass);
    else {
      const isReload = pass.outcome === 'reload';
      if (!isReload) shown.push(...waited.map((each) => ({ pass: each, waited: [] })));
      shown.push({ pass, waited: isReload ? waited : [] });
      waited = [];
    }
  }
  return [...shown, ...waited.map((pass) => ({ pass, waited: [] }))];
}

function formatPass(pass: FileEntry, waited: readonly FileEntry[]): string {
  const [first] = waited;
  const lines = [
    `#${pass.pass}  ${localTime(new Date(pass.at))}  ${pass.cause}`,
    ...(first === undefined
      ? []
      : [`    wanted since #${first.pass}, ${localTime(new Date(first.at))}: ${first.cause} (--reload-min-interval)`]),
    `    ${pass.result} (${plural(pass.services, 'service')}, ${plural(pass.servers, 'server')}, ${plural(pass.problems, 'problem')}, ${Math.round(pass.took)} ms)`,
    ...pass.changes.map(({ text }) => `    ${text}`),
    ...(pass.moreChanges === undefined ? [] : [`    … and ${pass.moreChanges} more`]),
    ...pass.appeared.map(({ text }) => `    problem: ${text}`),
    ...(pass.altered ?? []).map(({ text }) => `    problem now: ${text}`),
    ...pass.mended.map(({ text }) => `    fixed: ${text}`),
    ...(pass.archived === undefined ? [] : [`    archived before: ${pass.archived.join(', ')}`]),
  ];
  return escapeControls(`${lines.join('\n')}\n`);
}

function parseCount(value: string): number {
  if (!/^\d{1,15}$/.test(value) || Number(value) === 0) throw new InvalidArgumentError('It must be a whole number from 1.');
  return Number(value);
}
