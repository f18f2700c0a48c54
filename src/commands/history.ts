/** `marathon-lb history`: what happened and why, from the journal on disk. */
import { readFile } from 'node:fs/promises';
import { type Command, InvalidArgumentError } from 'commander';
import { addOptions } from '../config/options/command.ts';
import { stateDir } from '../config/load-settings.ts';
import { UsageError } from '../config/usage-error.ts';
import { readValues } from '../config/options/read.ts';
import type { World } from '../config/machine.ts';
import { journalFiles } from '../engine/journal/file.ts';
import { type PastPass, readPastPass } from '../engine/journal/file-entry.ts';
import { harmless } from '../log/harmless.ts';

export interface HistoryOptions {
  readonly last: number;
  readonly app?: string;
  readonly json?: true;
  readonly all?: true;
  readonly diff?: number;
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
    .option('--json', 'one JSON object a line');
  addOptions(command, ['state-dir', 'haproxy-config']).action((raw: HistoryOptions & Record<string, unknown>) => run(raw, raw));
}

/** The text that is printed. Throws `UsageError` if there is no journal or no such pass. */
export async function history(options: HistoryOptions, raw: Record<string, unknown>, world: World): Promise<string> {
  const { values } = readValues(raw, world.env, world.platform);
  const folder = stateDir(values, world);
  const passes = await readPasses(folder);
  if (options.diff !== undefined) return diffOfPass(passes, options.diff);
  const shown = passes.filter((pass) => isWanted(pass, options)).slice(-options.last);
  if (options.json) return shown.map((pass) => `${JSON.stringify(pass)}\n`).join('');
  return shown.length === 0
    ? 'Nothing of that kind happened yet; --all shows passes that changed nothing.\n'
    : shown.map(tellPass).join('');
}

async function readPasses(folder: string): Promise<PastPass[]> {
  const texts = await Promise.all(journalFiles(folder).map(readText));
  if (texts.every((text) => text === undefined)) {
    throw new UsageError(
      `there is no journal in ${folder}; name the folder with --state-dir, or give the same --haproxy-config as the load balancer has`,
    );
  }
  return texts.flatMap((text) => text?.split('\n').flatMap((line) => readPastPass(line) ?? []) ?? []);
}

async function readText(path: string): Promise<string | undefined> {
  return readFile(path, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return undefined;
    throw new UsageError(`${path} cannot be read: ${error.message}; try it as the user of the load balancer`);
  });
}

function isWanted(pass: PastPass, { app, all }: HistoryOptions): boolean {
  const told = [...pass.changes, ...pass.appeared, ...(pass.altered ?? []), ...pass.mended];
  if (app !== undefined) return told.some((each) => each.app === withSlash(app));
  return all === true || pass.outcome !== 'unchanged' || told.length > 0;
}

function withSlash(app: string): string {
  return app.startsWith('/') ? app : `/${app}`;
}

function diffOfPass(passes: readonly PastPass[], number: number): string {
  const pass = passes.findLast((each) => each.pass === number);
  if (pass === undefined) {
    const [first, last] = [passes[0]?.pass, passes.at(-1)?.pass];
    throw new UsageError(`there is no pass ${number}; the journal has ${first === undefined ? 'none' : `${first} to ${last}`}`);
  }
  if (pass.diff === undefined) return `Pass ${number} has no difference to show: ${pass.result}\n`;
  return harmless(`${pass.diff}\n`);
}

function tellPass(pass: PastPass): string {
  const at = pass.at.replace('T', ' ').replace('Z', '');
  const lines = [
    `#${pass.pass}  ${at}  ${pass.cause}`,
    `    ${pass.result} (${pass.services} services, ${pass.servers} servers, ${pass.problems} problems, ${pass.took} ms)`,
    ...pass.changes.map(({ text }) => `    ${text}`),
    ...(pass.moreChanges === undefined ? [] : [`    … and ${pass.moreChanges} more`]),
    ...pass.appeared.map(({ text }) => `    problem: ${text}`),
    ...(pass.altered ?? []).map(({ text }) => `    problem now: ${text}`),
    ...pass.mended.map(({ text }) => `    fixed: ${text}`),
  ];
  return harmless(`${lines.join('\n')}\n`);
}

function parseCount(value: string): number {
  if (!/^\d{1,15}$/.test(value) || Number(value) === 0) throw new InvalidArgumentError('It must be a whole number from 1.');
  return Number(value);
}
