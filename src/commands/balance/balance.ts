/** The direct invocation: `marathon-lb [options]`. */
import { existsSync, readFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { dirname, join } from 'node:path';
import { withClientCas } from '../../config/certificates/client-cas.ts';
import { withErrorPages } from '../../config/error-pages.ts';
import { withPolicy } from '../../config/policy.ts';
import type { Settings } from '../../config/settings.ts';
import { UsageError } from '../../config/usage-error.ts';
import type { Engine } from '../../engine/engine.ts';
import { foreignListeners } from '../../haproxy/check/bindable.ts';
import { HaproxyError } from '../../haproxy/error.ts';
import { headFault } from '../../haproxy/check/validate-head.ts';
import { expectWritable } from '../../haproxy/files/stage.ts';
import { messageOf, hasCode } from '../../lib/errors.ts';
import { createLog } from '../../log/create-log.ts';
import type { Logger } from '../../log/logger.ts';
import { print } from '../../render/document.ts';
import { render } from '../../render/render.ts';
import { createMarathonSource } from '../../sources/marathon/source.ts';
import { TemplateError } from '../../render/templates/expand.ts';
import { createLibrary, type Library } from '../../render/templates/library.ts';
import { expectOneRun } from './one-run.ts';
import { makeStateFolder, ownMachine } from './own-machine.ts';
import { preview } from '../dry/preview.ts';
import { findProcesses } from '../../haproxy/process/processes.ts';
import { makeHeadFolders, makePrivateFolder } from '../../haproxy/process/socket-folder.ts';
import { logTemplateNotes } from '../dry/template-notes.ts';

/**
 * Runs until the work is done (once, dry) or a signal ends it (sse, event), and returns the exit status: 1 if the work could not
 * be done. Throws `UsageError` for templates and a policy that cannot be used.
 */
export async function balance(given: Settings, out: (text: string) => void): Promise<number> {
  const settings = withClientCas(withErrorPages(await withPolicy(given, (path) => readFileSync(path, 'utf8'))));
  if (settings.run.mode.kind === 'dry' || settings.run.mode.kind === 'once') expectOneRun();
  const library = readLibrary(settings);
  await using log = createLog(settings.log, process.stderr);
  const signal = stopSignal(log);
  try {
    const { mode } = settings.run;
    await using source = createMarathonSource(settings, { log, once: mode.kind === 'dry' });
    if (mode.kind === 'dry') {
      const { text, status } = await preview({ settings, source, library, log }, mode, signal);
      out(text);
      return status;
    }
    logTemplateNotes(library, settings.render, log);
    await makeStateFolder(settings.run);
    await makeSocketFolder(settings, library, log);
    await using _owned = await ownMachine(settings);
    await expectWritable(settings.haproxy.config).catch((error: unknown) => {
      // The program continues and tries again: the folder may be mounted later.
      if (mode.kind === 'once') throw error;
      log.error(messageOf(error));
    });
    await refuseOtherListeners(settings, library, log);
    const ready = await withCertificate(mode.kind === 'once' ? settings : await withAdmin(settings, log), log);
    // Not before: `--dry` does without it.
    const [{ createEngine }, { openCertificates }] = await Promise.all([
      import('../../engine/engine.ts'),
      import('../../certificates/open-certificates.ts'),
    ]);
    await using acme = ready.acme && (await (await import('../../certificates/acme/open-acme.ts')).openAcme(ready, log));
    const templates = readLibrary(ready);
    const certificates = openCertificates(ready, { log, head: templates.fill('HEAD', {}) });
    await using engine = createEngine(ready, { library: templates, source, log, certificates, acme });
    if (mode.kind === 'once') {
      const { outcome } = await engine.runOnce(signal);
      return outcome.kind === 'failed' || outcome.kind === 'refused' ? 1 : 0;
    }
    heed(engine);
    await follow(engine, ready, log, signal);
    return 0;
  } catch (error) {
    if (signal.aborted) return 0;
    if (!hasCode(error)) throw error;
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

/** HAProxy makes the sockets that a head names, but not their folders. */
async function makeSocketFolder({ render }: Pick<Settings, 'render'>, library: Library, log: Logger): Promise<void> {
  if (render.templates['HEAD'] === undefined) await makePrivateFolder(dirname(render.defaults.statsSocket));
  else await makeHeadFolders(library.fill('HEAD', {}), log);
}

/** As `withFreeAdminAddress` says. */
async function withAdmin(settings: Settings, log: Logger): Promise<Settings> {
  const { withFreeAdminAddress } = await import('./admin.ts');
  return withFreeAdminAddress(settings, log);
}

/** On a new machine there is no certificate yet: HAProxy would refuse the whole configuration. */
async function withCertificate(settings: Settings, log: Logger): Promise<Settings> {
  const { render, run } = settings;
  const [missing] = render.sslCerts.filter((path) => !existsSync(path));
  if (!run.makesCertificate || missing === undefined) return settings;
  const { standInCertificate } = await import('../../certificates/place-certificates.ts');
  const folder = join(run.stateDir, 'ssl');
  const path = await standInCertificate({ missing, folder, now: new Date(), hostname: hostname(), log });
  return { ...settings, render: { ...render, sslCerts: [path] } };
}

/**
 * Refuses to begin if another program has a shared port: two HAProxies would each get a part of the requests. Only a warning if the
 * operator says how HAProxy is reloaded: `--command` may take the ports over. Throws `HaproxyError`.
 */
async function refuseOtherListeners(
  { haproxy: { config, command, masterSocket }, render: settings }: Settings,
  library: Library,
  log: Logger,
): Promise<void> {
  const isAllowed = command !== undefined || masterSocket !== undefined;
  const text = print(render([], settings, library).document);
  const found = await foreignListeners(text, await findProcesses(config));
  for (const { bind, holder } of found) {
    if (holder === undefined) continue;
    const { name, pid } = holder;
    const why =
      name === 'haproxy'
        ? `the HAProxy of process ${pid} listens on ${bind.shown} and does not run with ${config}: start it with -f ${config}, name its file with --haproxy-config, or stop it`
        : `${name} (process ${pid}) listens on ${bind.shown}, so that HAProxy cannot: stop it, or choose another port (--http-port, --https-port, --appid-port, --stats-port)`;
    if (!isAllowed) throw new HaproxyError('port-taken', why, { retryable: false });
    log.warn(why);
    if (name === 'haproxy') return;
  }
}

/**
 * Aborted by SIGTERM or SIGINT; a second one ends the process at once, as is the system's way. Also aborted if npm started this process
 * (`npx marathon-lb …`) and has ended: the shell that npm puts in between does not pass signals on.
 */
export function stopSignal(log: Logger): AbortSignal {
  const stop = new AbortController();
  if (process.env['npm_command'] !== undefined) {
    const parent = process.ppid;
    const timer = setInterval(() => {
      if (process.ppid === parent || stop.signal.aborted) return;
      clearInterval(timer);
      log.info('npm, which started this program, has ended: stopping');
      stop.abort();
    }, PARENT_EVERY).unref();
  }
  for (const name of ['SIGTERM', 'SIGINT'] as const) {
    process.once(name, () => {
      log.info(`${name}: stopping`);
      stop.abort();
    });
  }
  return stop.signal;
}

/** Milliseconds between two looks whether the process that started this one is still there. */
const PARENT_EVERY = 500;

/** SIGHUP: read the policy, the error pages and Marathon again; SIGUSR1: reload what is on disk. */
function heed(engine: Engine): void {
  process.on('SIGHUP', () => engine.hangUp('SIGHUP'));
  process.on('SIGUSR1', () => engine.reload('SIGUSR1'));
}
