/** The direct invocation: `marathon-lb [options]`. */
import { dirname } from 'node:path';
import type { Settings } from '../config/settings.ts';
import { UsageError } from '../config/usage-error.ts';
import { version } from '../config/version.ts';
import { createJournal, type Journal } from '../engine/journal.ts';
import { createLoop } from '../engine/loop.ts';
import { narrate } from '../engine/narrate.ts';
import { createPass, type Pass } from '../engine/pass.ts';
import { createApplier } from '../haproxy/apply.ts';
import { headFault } from '../haproxy/head-rules.ts';
import { createReload } from '../haproxy/reload.ts';
import { createLog } from '../log/create.ts';
import type { Logger } from '../log/logger.ts';
import { callbacks } from '../marathon/callbacks.ts';
import { createClient, type MarathonClient } from '../marathon/client.ts';
import type { StreamEvent } from '../marathon/event.ts';
import { events } from '../marathon/events.ts';
import { createSource } from '../marathon/source.ts';
import { TemplateError } from '../render/expand.ts';
import { createLibrary, type Library } from '../render/library.ts';
import { preview } from './preview.ts';
import { makePrivateFolder } from './private-folder.ts';

/** Runs until the work is done (once, dry) or a signal ends it (sse, event); the exit status. Throws `UsageError` for unusable templates. */
export async function balance(settings: Settings, out: (text: string) => void): Promise<number> {
  const library = readLibrary(settings);
  await using log = createLog(settings.log, process.stderr);
  await using client = createClient(settings.marathon, { log: log.child('marathon_lb.marathon'), version: version() });
  const stop = new AbortController();
  for (const name of ['SIGTERM', 'SIGINT'] as const) {
    process.once(name, () => {
      log.info(`${name}: stopping`);
      stop.abort();
    });
  }
  try {
    const source = createSource(client, settings.marathon, { log });
    if (settings.run.mode.kind === 'dry') {
      out(await preview({ settings, source, library, log }, stop.signal));
      return 0;
    }
    await makeRuntimeFolder(settings);
    const applier = createApplier(settings.haproxy, {
      log,
      reload: createReload(settings.haproxy, { log }),
      now: () => new Date(),
    });
    const pass = createPass(settings, { source, applier, library, now: () => new Date(), clock: () => performance.now() });
    const journal = createJournal();
    narrate(journal, log);
    if (settings.run.mode.kind === 'once') return await once(pass, journal, stop.signal);
    await follow(settings, { pass, journal, client, log }, stop);
    return 0;
  } catch (error) {
    if (stop.signal.aborted) return 0;
    if (!(error instanceof Error) || !('code' in error)) throw error;
    log.critical(error.message);
    return 1;
  }
}

/** The templates, as the operator has them. Throws `UsageError` where they cannot be used. */
export function readLibrary(settings: Settings): Library {
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

async function once(pass: Pass, journal: Journal, signal: AbortSignal): Promise<number> {
  const record = await pass.run({ cause: 'start', since: performance.now(), retryRejected: true }, signal);
  journal.append(record);
  return record.outcome.kind === 'failed' || record.outcome.kind === 'refused' ? 1 : 0;
}

interface Parts {
  readonly pass: Pass;
  readonly journal: Journal;
  readonly client: MarathonClient;
  readonly log: Logger;
}

/** Follows Marathon until `stop`; an event source that cannot work at all ends it with its error. */
async function follow(settings: Settings, { pass, journal, client, log }: Parts, stop: AbortController): Promise<void> {
  const { signal } = stop;
  const { resyncInterval } = settings.run;
  const loop = createLoop({ pass, journal, log, resyncInterval, maxBackoff: settings.marathon.maxBackoff });
  process.on('SIGHUP', () => loop.readAgain('SIGHUP'));
  process.on('SIGUSR1', () => loop.reload('SIGUSR1'));
  loop.readAgain('start');
  const listen = async (): Promise<void> => {
    for await (const event of streamOf(settings, client, log, signal)) loop.notify(event);
  };
  await Promise.all([listen(), loop.run(signal)].map((work) => work.finally(() => stop.abort())));
}

function streamOf(settings: Settings, client: MarathonClient, log: Logger, signal: AbortSignal): AsyncGenerator<StreamEvent> {
  const { mode } = settings.run;
  const options = { signal, log: log.child('marathon_lb.events') };
  if (mode.kind === 'event')
    return callbacks(client, settings.marathon, { ...options, listen: mode.listen, callbackUrl: mode.callbackUrl });
  return events(client, settings.marathon, options);
}

/** HAProxy makes its socket, but not the folder of it. */
async function makeRuntimeFolder(settings: Settings): Promise<void> {
  if (settings.render.templates['HEAD'] === undefined) await makePrivateFolder(dirname(settings.render.defaults.statsSocket));
}
