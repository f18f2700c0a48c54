/** The direct invocation: `marathon-lb [options]`. */
import { dirname } from 'node:path';
import type { Settings } from '../config/settings.ts';
import { UsageError } from '../config/usage-error.ts';
import { version } from '../config/version.ts';
import type { Engine } from '../engine/engine.ts';
import { headFault } from '../haproxy/check/validate-head.ts';
import { createLog } from '../log/create.ts';
import type { Logger } from '../log/logger.ts';
import { createClient } from '../marathon/http/client.ts';
import { createSource } from '../marathon/apps/source.ts';
import { TemplateError } from '../render/templates/expand.ts';
import { createLibrary, type Library } from '../render/templates/library.ts';
import { expectOneRun } from './one-run.ts';
import { ownMachine } from './own-machine.ts';
import { preview } from './dry/preview.ts';
import { makePrivateFolder } from '../haproxy/process/socket-folder.ts';
import { logTemplateNotes } from './dry/template-notes.ts';

/**
 * Runs until the work is done (once, dry) or a signal ends it (sse, event), and gives the exit status: 1 where the work could not
 * be done. Throws `UsageError` for templates that cannot be used.
 */
export async function balance(settings: Settings, out: (text: string) => void): Promise<number> {
  if (settings.run.mode.kind === 'dry' || settings.run.mode.kind === 'once') expectOneRun();
  const library = readLibrary(settings);
  await using log = createLog(settings.log, process.stderr);
  const signal = stopSignal(log);
  try {
    await using client = createClient(settings.marathon, { log: log.child('marathon_lb.marathon'), version: version() });
    const { mode } = settings.run;
    if (mode.kind === 'dry') {
      const source = createSource(client, settings.marathon, { log, once: true });
      const { text, status } = await preview({ settings, source, library, log }, mode, signal);
      out(text);
      return status;
    }
    logTemplateNotes(library, settings.render, log);
    await makeSocketFolder(settings);
    await using _owned = await ownMachine(settings);
    // Not before: `--dry` does without it.
    const { createEngine } = await import('../engine/engine.ts');
    await using engine = createEngine(settings, { library, client, log });
    if (mode.kind === 'once') {
      const { outcome } = await engine.runOnce(signal);
      return outcome.kind === 'failed' || outcome.kind === 'refused' ? 1 : 0;
    }
    heed(engine);
    await follow(engine, settings, log, signal);
    return 0;
  } catch (error) {
    if (signal.aborted) return 0;
    if (!(error instanceof Error) || !('code' in error)) throw error;
    log.critical(error.message);
    return 1;
  }
}

/** Follows Marathon, and serves the endpoints meanwhile: balancing does not wait for them. */
export async function follow(engine: Engine, settings: Settings, log: Logger, signal: AbortSignal): Promise<void> {
  const ending = new AbortController();
  const both = AbortSignal.any([signal, ending.signal]);
  const telling = import('./admin.ts').then(({ admin }) => admin(engine, settings, log, both));
  await Promise.all([engine.follow(signal).finally(() => ending.abort()), telling]);
}

/** The templates, as the operator has them. Throws `UsageError` if they cannot be used. */
export function readLibrary(settings: Pick<Settings, 'render'>): Library {
  try {
    const library = createLibrary(settings.render);
    const fault = headFault(library.fill('HEAD', {}));
    if (fault !== undefined) throw new UsageError(fault);
    return library;
  } catch (error) {
    if (error instanceof TemplateError) throw new UsageError(error.message, { cause: error });
    throw error;
  }
}

/** HAProxy makes the socket of the default head, but not the folder of it. */
export async function makeSocketFolder({ render }: Pick<Settings, 'render'>): Promise<void> {
  if (render.templates['HEAD'] === undefined) await makePrivateFolder(dirname(render.defaults.statsSocket));
}

/** Aborted by SIGTERM or SIGINT; a second one ends the process at once, as is the system's way. */
export function stopSignal(log: Logger): AbortSignal {
  const stop = new AbortController();
  for (const name of ['SIGTERM', 'SIGINT'] as const) {
    process.once(name, () => {
      log.info(`${name}: stopping`);
      stop.abort();
    });
  }
  return stop.signal;
}

/** SIGHUP: read Marathon again; SIGUSR1: reload what is on disk. */
function heed(engine: Engine): void {
  process.on('SIGHUP', () => engine.readAgain('SIGHUP'));
  process.on('SIGUSR1', () => engine.reload('SIGUSR1'));
}
