/** `marathon-lb run MODE`: what the container does; HAProxy is a child of this process. */
import type { Command } from 'commander';
import type { SendSignal } from '../../admin/signals.ts';
import { addRows } from '../../config/options/command.ts';
import { helpLists } from '../../config/options/help-lists.ts';
import { type OptionName, options } from '../../config/options/all-options.ts';
import type { Settings } from '../../config/settings.ts';
import { thisMachine } from '../../config/machine.ts';
import { withClientCas } from '../../config/certificates/client-cas.ts';
import { withErrorPages } from '../../config/error-pages.ts';
import { withPolicy } from '../../config/policy.ts';
import { VariableError } from '../../config/usage-error.ts';
import { CertificateError } from '../../certificates/error.ts';
import { openCertificates } from '../../certificates/open-certificates.ts';
import { bootConfig, bootMinimal } from '../../container/supervise/boot-config.ts';
import { ContainerError } from '../../container/error.ts';
import { createOpenFilesWatch, withSoftLimits } from '../../container/supervise/open-files.ts';
import { findOrphans } from '../../container/supervise/orphans.ts';
import { relayLog } from '../../container/supervise/log-relay.ts';
import { watchOldWorkers } from '../../container/supervise/watch-old-workers.ts';
import { place } from '../../container/setup/setup.ts';
import { refuseTakenPorts } from '../../container/supervise/taken-ports.ts';
import { createPoll } from '../../container/supervise/poll.ts';
import { type Prepared, type RunRequest, prepare } from '../../container/setup/settings.ts';
import { startSupervisor } from '../../container/supervise/supervisor.ts';
import { RUN_LOG_LEVEL, runOptions, variables } from '../../container/setup/variables.ts';
import { type Engine, createEngine } from '../../engine/engine.ts';
import { createReload } from '../../haproxy/reload/reload.ts';
import { createReloadMarker } from '../../haproxy/reload/pending-reload.ts';
import { createLog } from '../../log/create-log.ts';
import type { Logger } from '../../log/logger.ts';
import { createMarathonSource } from '../../sources/marathon/source.ts';
import { MarathonError } from '../../sources/marathon/error.ts';
import { print } from '../../render/document.ts';
import { render } from '../../render/render.ts';
import { admin, withFreeAdminAddress } from './admin.ts';
import { readLibrary, stopSignal } from './balance.ts';
import { makeStateFolder, ownMachine } from './own-machine.ts';
import { logTemplateNotes } from '../dry/template-notes.ts';
import { hasCode } from '../../lib/errors.ts';

/** Puts the command on the program. */
export function addRunCommand(program: Command, action: (request: RunRequest) => Promise<void>): void {
  const command = program
    .command('run')
    .description('run HAProxy and keep it right')
    .argument('[mode]', 'sse (the default), poll or event')
    .argument('[callback]', 'with event: the address:port that Marathon is to call');
  const rows = options.filter(({ name }) => taken.includes(name));
  addRows(command, [...rows.map((row) => (row.name === 'log-level' ? { ...row, default: RUN_LOG_LEVEL } : row)), ...runOptions]);
  command.addHelpText('after', () => helpLists(command, [['Environment variables:', Object.entries(variables)]]));
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
    const machine = thisMachine(terminal.env);
    prepared = prepare(request, machine);
    prepared = { ...prepared, settings: withClientCas(withErrorPages(await withPolicy(prepared.settings, machine.readFile))) };
  } catch (error) {
    if (!(error instanceof ContainerError || error instanceof CertificateError || error instanceof VariableError)) throw error;
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
    if (!hasCode(error)) throw error;
    const isOld = error instanceof MarathonError && error.code === 'no-callbacks';
    log.critical(isOld ? `${error.message}. The mode for it is sse: marathon-lb run sse` : error.message);
    return 1;
  }
}

interface Stops {
  /** Ends it all, softly. */
  readonly signal: AbortSignal;
  /** Ends the endpoints that still run. */
  readonly hurry: AbortSignal;
}

async function serve(prepared: Prepared, terminal: RunTerminal, log: Logger, { signal, hurry }: Stops): Promise<void> {
  const { environment, mode, grace } = prepared;
  warnOfMissingPorts(prepared, log);
  readLibrary(prepared.settings);
  await makeStateFolder(prepared.settings.run);
  const placed = await place(prepared, log, signal);
  await using _owned = await ownMachine(placed);
  const settings = withFittingHead(await withFreeAdminAddress(placed, log), log);
  // Files that it names are read before HAProxy is started.
  await using source = createMarathonSource(settings, { log });
  const library = readLibrary(settings);
  logTemplateNotes(library, settings.render, log);
  const masterSocket = settings.haproxy.masterSocket ?? '';
  const { binary, config } = settings.haproxy;
  const endOrphans = await findOrphans(config, masterSocket, log);
  await refuseTakenPorts(print(render([], settings.render, library).document), config);
  await using acme = settings.acme && (await (await import('../../certificates/acme/open-acme.ts')).openAcme(settings, log));
  const certificates = openCertificates(settings, { log, head: library.fill('HEAD', {}) });
  if (settings.run.certStore !== undefined) await certificates?.read(signal);
  const table = certificates && (() => certificates.current);
  const boot = { haproxy: settings.haproxy, render: settings.render, library, log, certificates: table };
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
      leaveOutServices: (why) => bootMinimal({ ...boot, signal }, why),
      writePending: async () => writePending?.(),
      restarted: () => readAgain?.(),
    },
  );
  endOrphans();
  // It was started just now.
  await createReloadMarker({ folder: settings.run.stateDir, config, log }).clear();
  log.info(`HAProxy serves /_haproxy_health_check on port ${settings.render.defaults.statsPort}`);
  signal.addEventListener('abort', () => void supervisor[Symbol.asyncDispose](), { once: true });
  await using running = createEngine(settings, {
    library,
    source,
    log,
    certificates,
    acme,
    reload: supervisor.reload,
    staysOn: true,
  });
  writePending = () => running.writePending();
  const watchOpenFiles = createOpenFilesWatch(settings.render.defaults.openFiles, log);
  running.journal.subscribe(({ after }) => after && watchOpenFiles(after));
  const polling = mode.kind === 'poll' ? createPoll(running, environment.pollInterval) : undefined;
  readAgain = () => (polling ? polling.hurry() : running.readAgain('HAProxy was started again'));
  const send =
    mode.kind === 'poll' ? inPolls(environment.pollInterval, settings, running, () => polling?.hurry()) : passOn(running);
  heed(send, log);
  const ending = new AbortController();
  const both = AbortSignal.any([signal, ending.signal]);
  const ordering = polling && acme?.acme.run(both, () => polling.hurry());
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
    ...(ordering ? [orEnd(ordering)] : []),
  ]);
}

/** The HAProxy is a child of this process, and has its limits. */
function withFittingHead(settings: Settings, log: Logger): Settings {
  const { templates, defaults } = settings.render;
  const head = templates['HEAD'];
  if (head === undefined) return settings;
  const fitting = withSoftLimits(head, defaults.openFiles, log);
  return { ...settings, render: { ...settings.render, templates: { ...templates, HEAD: fitting } } };
}

/** Marathon may give the ports that PORTS lacks to another task. */
function warnOfMissingPorts({ environment: { ports }, settings: { render } }: Prepared, log: Logger): void {
  const { httpPort, httpsPort, appidPort, statsPort } = render.defaults;
  const shared = [...(render.bindHttpHttps ? [httpPort, httpsPort] : []), appidPort, statsPort];
  const missing = shared.filter((port) => ports?.includes(port) === false);
  if (missing.length === 0) return;
  log.warn(
    `PORTS lacks ${missing.join(', ')}, which HAProxy binds: add them to the ports of this app, or another task may get them`,
  );
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

/** SIGHUP: read the policy, the error pages and Marathon again; SIGUSR1: reload what is on disk. */
function passOn(engine: Engine): SendSignal {
  return (name) => {
    if (name === 'SIGHUP') engine.hangUp('SIGHUP');
    else engine.reload('SIGUSR1');
    return undefined;
  };
}

/** In poll mode it takes only SIGHUP, if there are files to read again. */
function inPolls(interval: number, { run }: Settings, engine: Engine, hurry: () => void): SendSignal {
  return (name) => {
    if (name === 'SIGHUP' && (run.policyFile ?? run.errorPagesFolder ?? run.clientCasFolder ?? run.certStore) !== undefined)
      void engine.readFiles().then(hurry);
    else return `in poll mode it takes none, it reads Marathon every ${interval} s (POLL_INTERVAL)`;
    return undefined;
  };
}

function heed(send: SendSignal, log: Logger): void {
  for (const name of ['SIGHUP', 'SIGUSR1'] as const) {
    process.on(name, () => {
      const refusal = send(name);
      if (refusal !== undefined) log.warn(`${name} has no effect: ${refusal}`);
    });
  }
}
