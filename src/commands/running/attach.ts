/** Settings of the load balancer that runs on this machine, for commands that ask about it. */
import { dirname, resolve } from 'node:path';
import { Command } from 'commander';
import { addOptions } from '../../config/options/command.ts';
import { options } from '../../config/options/all-options.ts';
import { attributeOf } from '../../config/options/read.ts';
import type { OptionRow } from '../../config/options/row.ts';
import { loadSettings } from '../../config/load-settings.ts';
import type { Machine } from '../../config/machine.ts';
import type { Settings } from '../../config/settings.ts';
import { UsageError } from '../../config/usage-error.ts';
import type { Mode } from '../../container/setup/mode.ts';
import { prepare, type RunRequest } from '../../container/setup/settings.ts';
import { authOf } from '../../container/setup/setup.ts';
import { createRunningFile, type Running } from '../../engine/state/running.ts';
import { silent } from '../../log/logger.ts';
import { templates } from '../../render/templates/defaults.ts';
import { addRunCommand } from '../balance/run.ts';
import { findRunning, type RunningProcess } from './find.ts';
import { hasCode } from '../../lib/errors.ts';

type Raw = Readonly<Record<string, unknown>>;

/**
 * Returns the settings of the load balancer that runs here: its options and its environment, as the system tells them of its process, with
 * credentials of Vault too. Options in `raw` win. `--haproxy-config` and `--state-dir` choose among several. Undefined if none runs, or none
 * of those that are meant. Throws `UsageError` if several run and none is chosen, or if its environment may not be read.
 */
export async function attach(
  raw: Raw,
  machine: Machine,
  signal: AbortSignal,
  running?: readonly RunningProcess[],
): Promise<Attached | undefined> {
  const own = absolute(raw, machine.cwd);
  const found: (Loaded & { readonly pid: number; readonly used: Running | undefined })[] = [];
  for (const each of running ?? (await findRunning())) {
    const loaded = await read(each, own, machine, signal);
    if (loaded === undefined) continue;
    const kept = await createRunningFile(loaded.plain.run.stateDir, silent).read();
    const used = kept?.pid === each.pid ? kept : undefined;
    if (isMeant(loaded.plain, own, used)) found.push({ pid: each.pid, used, ...loaded });
  }
  const [first, ...others] = found;
  if (others.length > 0) {
    const list = found.map(({ pid, settings }) => `process ${pid} with ${settings.haproxy.config}`).join(', ');
    throw new UsageError(`several load balancers run here (${list}): choose one with --haproxy-config`);
  }
  return first && { pid: first.pid, mode: first.mode, settings: inUse(await first.load(), first.used) };
}

export interface Attached {
  readonly pid: number;
  /** `poll` takes no signals. */
  readonly mode: Mode['kind'];
  readonly settings: Settings;
}

interface Loaded {
  readonly mode: Mode['kind'];
  /** With the options of the process alone. */
  readonly plain: Settings;
  readonly settings: Settings;
  /** Asks for credentials if they are kept elsewhere. */
  readonly load: () => Promise<Settings>;
}

/** Returns undefined for a process whose options this version does not understand. */
async function read(process: RunningProcess, own: Raw, machine: Machine, signal: AbortSignal): Promise<Loaded | undefined> {
  const theirs = { ...machine, env: process.env ?? {}, cwd: process.cwd };
  const readable = (load: () => Promise<Settings>) => async (): Promise<Settings> => {
    if (process.env !== undefined) return load();
    throw new UsageError(
      `the environment of the load balancer (process ${process.pid}) cannot be read: run this as its user, or give all options`,
    );
  };
  try {
    const request = await parse(process.words);
    if (request === undefined) return undefined;
    if (process.words[0] !== 'run') {
      const names = Object.keys(templates);
      const settings = loadSettings({ ...request.raw, ...own }, theirs, names);
      const mode = settings.run.mode.kind === 'event' ? 'event' : 'sse';
      return { mode, plain: loadSettings(request.raw, theirs, names), settings, load: readable(async () => settings) };
    }
    const prepared = prepare({ ...request, raw: { ...request.raw, ...own } }, theirs);
    const load = async (): Promise<Settings> => {
      const auth = await authOf(prepared, silent, signal);
      return { ...prepared.settings, marathon: { ...prepared.settings.marathon, auth } };
    };
    return {
      mode: prepared.mode.kind,
      plain: prepare(request, theirs).settings,
      settings: prepared.settings,
      load: readable(load),
    };
  } catch (error) {
    // Another version, or an environment that cannot be read.
    if (hasCode(error)) return undefined;
    throw error;
  }
}

async function parse(words: readonly string[]): Promise<RunRequest | undefined> {
  let found: RunRequest | undefined;
  const program = new Command().exitOverride().configureOutput({ writeOut: () => {}, writeErr: () => {} });
  if (words[0] === 'run') {
    addRunCommand(program, async (request) => {
      found = request;
    });
  } else {
    addOptions(program).action((raw: Record<string, unknown>) => {
      found = { mode: undefined, callback: undefined, raw };
    });
  }
  await program.parseAsync([...words], { from: 'user' });
  return found;
}

function isMeant({ haproxy, run }: Settings, own: Raw, used: Running | undefined): boolean {
  const { haproxyConfig: config, stateDir } = own;
  const isConfig = config === undefined || config === haproxy.config || config === used?.config;
  return isConfig && (stateDir === undefined || stateDir === run.stateDir);
}

/** Returns the settings with the places that the process really uses. */
function inUse(settings: Settings, used: Running | undefined): Settings {
  if (used === undefined) return settings;
  const { config, sslCerts } = used;
  const render = { ...settings.render, sslCerts, haproxyDir: dirname(config) };
  return { ...settings, haproxy: { ...settings.haproxy, config }, render };
}

/** The load balancer may work in another folder than the one in which this command was called. */
function absolute(raw: Raw, cwd: string): Raw {
  const paths = new Set(
    (options as readonly OptionRow[])
      .filter(({ value }) => value === 'path' || value === 'folder')
      .map(({ name }) => attributeOf(name)),
  );
  // A program without a slash is looked for in PATH.
  const isPath = (name: string, value: unknown): value is string =>
    paths.has(name) && typeof value === 'string' && value !== '' && (name !== 'haproxyBinary' || value.includes('/'));
  return Object.fromEntries(
    Object.entries(raw).map(([name, value]) => [name, isPath(name, value) ? resolve(cwd, value) : value]),
  );
}
