/** `marathon-lb run MODE`: what the container does; HAProxy is a child of this process. */
import type { Command } from 'commander';
import type { SendSignal } from '../admin/signals.ts';
import { addOptions, addRows } from '../config/options/command.ts';
import { type OptionName, options } from '../config/options/all-options.ts';
import { thisWorld } from '../config/machine.ts';
import { VariableError } from '../config/usage-error.ts';
import { version } from '../config/version.ts';
import { bootConfig } from '../container/supervise/boot-config.ts';
import { ContainerError } from '../container/error.ts';
import { findOrphans } from '../container/supervise/orphans.ts';
import { relayLog } from '../container/supervise/log-relay.ts';
import { watchOldWorkers } from '../container/supervise/watch-old-workers.ts';
import { place } from '../container/setup/setup.ts';
import { createPoll } from '../container/supervise/poll.ts';
import { type Prepared, type RunRequest, prepare } from '../container/setup/settings.ts';
import { startSupervisor } from '../container/supervise/supervisor.ts';
import { runOptions } from '../container/setup/variables.ts';
import { type Engine, createEngine } from '../engine/engine.ts';
import { createReload } from '../haproxy/reload/reload.ts';
import { createReloadMarker } from '../haproxy/reload/pending-reload.ts';
import { createLog } from '../log/create.ts';
import type { Logger } from '../log/logger.ts';
import { createClient } from '../marathon/http/client.ts';
import { MarathonError } from '../marathon/error.ts';
import { admin } from './admin.ts';
import { readLibrary, stopSignal } from './balance.ts';
import { ownMachine } from './own-machine.ts';
import { logTemplateNotes } from './dry/template-notes.ts';

/** Puts the command on the program. */
export function addRunCommand(program: Command, action: (request: RunRequest) => Promise<void>): void {
  const command = program
    .command('run')
    .description('run HAProxy and keep it right')
    .argument('[mode]', 'sse (the default), poll or event')
    .argument('[callback]', 'with event: the address:port that Marathon is to call');
  addRows(addOptions(command, taken), runOptions);
  command.action((mode: string | undefined, callback: string | undefined, raw: Record<string, unknown>) =>
    action({ mode, callback, raw }),
  );
}

/** The mode says these. */
const replaced: readonly OptionName[] = ['sse', 'dry', 'output', 'check', 'callback-url', 'longhelp', 'command', 'master-socket'];
const taken = options.flatMap(({ name }) => (replaced.includes(name) ? [] : name));

export interface RunTerminal {
  readonly env: Readonly<Record<string, string | undefined>>;
  out(text: string): void;
  err(text: string): void;
}

/**
 * Runs until a signal ends it; the exit status: 1 if it does not start or cannot go on, with a sentence that says why. Throws
 * `UsageError` for the command line.
 */
export async function run(request: RunRequest, terminal: RunTerminal): Promise<number> {
  let prepared: Prepared;
  try {
    prepared = prepare(request, thisWorld(terminal.env));
  } catch (error) {
    if (!(error instanceof ContainerError || error instanceof VariableError)) throw error;
    terminal.err(`marathon-lb run: ${error.message}\n`);
    return 1;
  }
  await using log = createLog(prepared.settings.log, process.stderr);
  const signal = stopSignal(log);
  try {
    await serve(prepared, terminal, log, { signal, hurry: hurryAfter(signal, prepared.grace, log) });
    return 0;
  } catch (error) {
    if (signal.aborted) return 0;
    if (!(error instanceof Error) || !('code' in error)) throw error;
    const isOld = error instanceof MarathonError && error.code === 'no-callbacks';
    log.critical(isOld ? `${error.message}. The mode for it is sse: marathon-lb run sse` : error.message);
    return 1;
  }
}

interface Stops {
  /** Ends it all, softly. */
  readonly signal: AbortSignal;
  /** Ends what is still served. */
  readonly hurry: AbortSignal;
}

async function serve(prepared: Prepared, terminal: RunTerminal, log: Logger, { signal, hurry }: Stops): Promise<void> {
  const { environment, mode, grace } = prepared;
  readLibrary(prepared.settings);
  const settings = await place(prepared, log, signal);
  await using _owned = await ownMachine(settings);
  const library = readLibrary(settings);
  logTemplateNotes(library, settings.render, log);
  const masterSocket = settings.haproxy.masterSocket ?? '';
  const { binary, config } = settings.haproxy;
  const endOrphans = await findOrphans(config, masterSocket, log);
  const boot = { haproxy: settings.haproxy, render: settings.render, library, log };
  await bootConfig({ ...boot, signal });
  let readAgain: (() => void) | undefined;
  let writePending: (() => Promise<void>) | undefined;
  const out = (text: string): void => terminal.out(text);
  const env = prepared.haproxyEnv(settings);
  const relay = {
    head: library.fill('HEAD', {}),
    binary,
    config: `${settings.render.defaults.statsSocket}.log.cfg`,
    env,
    out,
    hurry,
  };
  await using _relay = environment.logToStdout ? await relayLog(relay, log) : undefined;
  await using supervisor = await startSupervisor(
    { binary, config, masterSocket, grace: grace * 1000, hurry, env, out },
    {
      log,
      reload: createReload(settings.haproxy, { log }),
      repair: (signal) => bootConfig({ ...boot, signal }),
      writePending: async () => writePending?.(),
      restarted: () => readAgain?.(),
    },
  );
  endOrphans();
  // It was started just now.
  await createReloadMarker({ folder: settings.run.stateDir, config, log }).clear();
  log.info(`HAProxy serves /_haproxy_health_check on port ${settings.render.defaults.statsPort}`);
  signal.addEventListener('abort', () => void supervisor[Symbol.asyncDispose](), { once: true });
  await using client = createClient(settings.marathon, { log: log.child('marathon_lb.marathon'), version: version() });
  await using running = createEngine(settings, { library, client, log, reload: supervisor.reload, staysOn: true });
  writePending = () => running.writePending();
  const polling = mode.kind === 'poll' ? createPoll(running, environment.pollInterval) : undefined;
  readAgain = () => (polling ? polling.hurry() : running.readAgain('HAProxy was started again'));
  const send = mode.kind === 'poll' ? refuse(environment.pollInterval) : passOn(running);
  heed(send, log);
  const ending = new AbortController();
  const both = AbortSignal.any([signal, ending.signal]);
  const work = polling ? polling.run(both) : running.follow(both);
  /** One that fails ends the others, which would go on without it. */
  const orEnd = async (each: Promise<void>): Promise<void> =>
    each.catch((error: unknown) => {
      ending.abort();
      throw error;
    });
  await Promise.all([
    work.finally(() => ending.abort()),
    orEnd(supervisor.run(both)),
    orEnd(admin(running, settings, log, both, send)),
    orEnd(watchOldWorkers(running, log, both)),
  ]);
}

/**
 * Aborted when the grace period (seconds) after `first` is over, or by SIGTERM or SIGINT before: a second signal means that the user does not want to wait,
 * and HAProxy is not to stay behind.
 */
function hurryAfter(first: AbortSignal, grace: number, log: Logger): AbortSignal {
  const hurry = new AbortController();
  const listen = (): void => {
    setTimeout(() => hurry.abort(), grace * 1000).unref();
    for (const name of ['SIGTERM', 'SIGINT'] as const) {
      process.once(name, () => {
        log.warn(`${name} once more: connections end now`);
        hurry.abort();
      });
    }
  };
  first.addEventListener('abort', listen, { once: true });
  return hurry.signal;
}

/** SIGHUP: read Marathon again; SIGUSR1: reload what is on disk. */
function passOn(engine: Engine): SendSignal {
  return (name) => {
    if (name === 'SIGHUP') engine.readAgain('SIGHUP');
    else engine.reload('SIGUSR1');
    return undefined;
  };
}

function refuse(interval: number): SendSignal {
  return () => `in poll mode it takes none, it reads Marathon every ${interval} s (POLL_INTERVAL)`;
}

function heed(send: SendSignal, log: Logger): void {
  for (const name of ['SIGHUP', 'SIGUSR1'] as const) {
    process.on(name, () => {
      const refusal = send(name);
      if (refusal !== undefined) log.warn(`${name} has no effect: ${refusal}`);
    });
  }
}
