/** The whole pipeline put together: what runs behind the command line, the demo and the container alike. */
import { setMaxListeners } from 'node:events';
import { readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import type { OpenedAcme } from '../certificates/acme/open-acme.ts';
import type { Certificates } from '../certificates/certificates.ts';
import type { Settings } from '../config/settings.ts';
import { byName, createDownServers } from '../haproxy/runtime/down-servers.ts';
import { createKnownAddresses } from '../haproxy/runtime/known-addresses.ts';
import { createKnownCertificates } from '../haproxy/runtime/known-certificates.ts';
import { createLiveApplier } from '../haproxy/create-applier.ts';
import { type Reload, createReload } from '../haproxy/reload/reload.ts';
import { createReloadMarker } from '../haproxy/reload/pending-reload.ts';
import { createVersionWatch } from '../haproxy/process/version-watch.ts';
import { createAsk } from '../haproxy/runtime/socket.ts';
import { aborted, NEVER } from '../lib/async/signals.ts';
import { messageOf } from '../lib/errors.ts';
import type { Logger } from '../log/logger.ts';
import { missingGroups } from '../model/lint/missing-groups.ts';
import { optionWarnings } from '../render/warnings.ts';
import { routingWarnings } from '../render/frontends/https-routing.ts';
import type { ConfigDocument } from '../render/document.ts';
import type { Library } from '../render/templates/library.ts';
import type { Source } from '../sources/source.ts';
import { createClaimsStore } from './state/claims-store.ts';
import { createSourceContact } from './journal/source-contact.ts';
import { createRemovalGuard } from './snapshot/removal-guard.ts';
import { type Journal, type Outcome, type PassRecord, createJournal } from './journal/journal.ts';
import { keepJournal, lastPass } from './journal/file.ts';
import { createLastGoodStore } from './state/last-good.ts';
import { createEndAlarm } from './certificate-ends.ts';
import { watchCertificates } from './certificate-watch.ts';
import { createLoop } from './loop.ts';
import { createClientCasWatch } from './client-cas-watch.ts';
import { createErrorPagesWatch } from './error-pages-watch.ts';
import { createPolicyWatch } from './policy-watch.ts';
import { logPasses } from './journal/log-passes.ts';
import { createPass } from './pass/pass.ts';
import { createStatus, type StatusSource } from './status/status.ts';
import type { HaproxyState } from '../haproxy/process/heartbeat.ts';
import { version } from '../config/version.ts';
import { createRejectionReportFile } from './state/rejection-report.ts';

export interface EngineParts {
  readonly library: Library;
  readonly source: Source;
  readonly log: Logger;
  /** The certificates of the shared HTTPS frontend; left out: HAProxy reads them when it starts. */
  readonly certificates?: Certificates | undefined;
  /** What orders certificates; left out: none are ordered. */
  readonly acme?: Pick<OpenedAcme, 'acme' | 'orders'> | undefined;
  /** How HAProxy is reloaded; by default by `--command` or the machine's init system. */
  readonly reload?: Reload;
  /** The source is read more than once; left out: `follow` does so. */
  readonly staysOn?: boolean;
}

/** Disposing writes down what HAProxy runs and what is left of the journal. */
export interface Engine extends AsyncDisposable {
  readonly journal: Journal;
  /** Returns a read model of the engine that follows it from now on; `haproxy`: whether HAProxy answers, if that is watched. */
  watchStatus(haproxy?: () => HaproxyState): StatusSource;
  /** The parts of the status that only HAProxy and the machine know. */
  figures(): Promise<{ readonly oldWorkers: number; readonly leaving: number }>;
  /** One pass over everything. */
  runOnce(signal: AbortSignal): Promise<PassRecord>;
  /** Follows the source until the signal. Throws a `SourceError` if its events cannot be followed at all. */
  follow(signal: AbortSignal): Promise<void>;
  /** Writes what HAProxy runs to its files, if they do not have it yet. Throws HaproxyError. */
  writePending(): Promise<void>;
  /** Reads everything of the source again. */
  readAgain(cause: string): void;
  /** Reads the policy, the error pages and the certificates again, if there are any; what changed counts from the next pass on. */
  readFiles(): Promise<void>;
  /** Reads the policy, the error pages, the certificates and everything of the source again (SIGHUP). */
  hangUp(cause: string): void;
  /** Reloads HAProxy with the configuration on disk (SIGUSR1). */
  reload(cause: string): void;
}

export function createEngine(settings: Settings, parts: EngineParts): Engine {
  const { library, source, log, certificates, acme, reload = createReload(settings.haproxy, { log }) } = parts;
  for (const warning of routingWarnings(settings.render, library)) log.warn(warning);
  for (const warning of optionWarnings(settings.render)) log.warn(warning);
  const folder = settings.run.stateDir;
  const policy = createPolicyWatch(settings.model, {
    log,
    now: () => new Date(),
    readFile: (path) => readFileSync(path, 'utf8'),
  });
  const errorPages = createErrorPagesWatch(settings, log);
  const clientCas = createClientCasWatch(settings, log);
  const marker = createReloadMarker({ folder, config: settings.haproxy.config, log });
  const applier = createLiveApplier(settings.haproxy, { log, reload, marker });
  const { maxRemoval, mode } = settings.run;
  const guard = createRemovalGuard({
    maxRemoval,
    clock,
    leader: () => source.status().leader,
    staysOn: parts.staysOn ?? mode.kind !== 'once',
  });
  const down = createDownServers(createAsk());
  const lastGood = createLastGoodStore({ folder, log, model: settings.model });
  const addresses = createKnownAddresses(createAsk());
  const versions = createVersionWatch(settings.haproxy, { log });
  const claims = createClaimsStore({ folder, log });
  const rejectionReport = createRejectionReportFile({ folder, log });
  const kept = { lastGood, claims, rejectionReport };
  let isFirstRead = true;
  let missing: string | undefined;
  const pass = createPass(settings, {
    source,
    applier,
    library,
    versions,
    now: () => new Date(),
    clock,
    guard,
    down,
    addresses,
    onWorkloads: (workloads) => {
      missing = missingGroups(workloads, settings.model.groups);
      if (isFirstRead && missing !== undefined) log.warn(missing);
      isFirstRead = false;
    },
    policy: () => policy.current,
    errorPages: () => errorPages.current,
    clientCas: () => clientCas.current,
    certificates: certificates && (() => certificates.current),
    orders: acme?.orders,
    onServed: (services) => acme?.orders.served(services),
    ...kept,
  });
  const journal = createJournal({ firstId: lastPass(folder) + 1 });
  logPasses(journal, log);
  if (certificates !== undefined) forgetFiles(journal, certificates, log);
  const contact = createSourceContact(journal, () => performance.now());
  const journalFile = keepJournal(journal, { folder, log });
  const { resyncInterval } = settings.run;
  const loop = createLoop({ pass, journal, log, resyncInterval, maxBackoff: settings.marathon.maxBackoff });

  const readFiles = async (): Promise<void> => {
    errorPages.readAgain();
    clientCas.readAgain();
    await Promise.all([policy.readAgain(), certificates?.read(NEVER)]);
  };

  return {
    journal,
    watchStatus: (haproxy) =>
      createStatus({
        version: version(),
        journal,
        contact,
        resyncInterval,
        marathon: () => source.status(),
        haproxyVersion: () => versions.current?.text,
        counts: () => applier.figures(),
        down: createDownServers(createAsk(STATUS_PATIENCE), byName),
        policy: () => policy.status(),
        ...(certificates !== undefined && { certificates: () => certificates.current }),
        known: createKnownCertificates(createAsk(STATUS_PATIENCE)),
        now: () => new Date(),
        warnings: () =>
          [missing, acme?.acme.fault(), ...(errorPages.current?.faults ?? []), ...(clientCas.current?.faults ?? [])].filter(
            (each) => each !== undefined,
          ),
        ...(acme !== undefined && { orders: () => acme.acme.counts() }),
        ...(haproxy !== undefined && { haproxy }),
      }),
    figures: () => applier.figures(),
    async runOnce(signal) {
      errorPages.look();
      clientCas.look();
      await certificates?.read(signal);
      const record = await pass.run({ cause: 'start', since: performance.now(), dirty: 'all', retryRejected: true }, signal);
      journal.append(record);
      return record;
    },
    async follow(signal) {
      const ending = new AbortController();
      const both = AbortSignal.any([signal, ending.signal]);
      // Each part of the engine listens: a number that does not grow.
      setMaxListeners(0, signal, both);
      const listen = async (): Promise<void> => {
        for await (const event of source.events(both)) {
          contact.note(event);
          if (event.kind === 'opened') guard.opened();
          loop.notify(event);
        }
      };
      await certificates?.read(signal);
      const alarm = createEndAlarm(log, () => new Date());
      loop.readAgain('start');
      // A restart of HAProxy is not to wait for an event: a new version may refuse what was written for the old one, and files may be a
      // moment older than what it had.
      const watch = async (): Promise<void> => {
        for (;;) {
          await sleep(LOOK_EVERY, undefined, { signal: both, ref: false }).catch(() => {});
          if (both.aborted) return;
          if (versions.isOther()) {
            // Another version may refuse what the one before took.
            await certificates?.read(both).catch(() => {});
            loop.readAgain('HAProxy was replaced');
          } else if (errorPages.look()) loop.compare('error pages changed');
          else if (clientCas.look()) loop.compare('authorities of clients changed');
          else if (await applier.isRestarted(both).catch(() => false)) loop.compare('HAProxy was restarted');
        }
      };
      const watchStores = async (): Promise<void> =>
        certificates === undefined
          ? aborted(both)
          : watchCertificates({ certificates, changed: () => loop.renderAgain('certificates changed'), looked: alarm }, both);
      const order = async (): Promise<void> =>
        acme === undefined ? aborted(both) : acme.acme.run(both, () => loop.renderAgain('news of orders of certificates'));
      const works = [listen(), loop.run(both), watch(), watchStores(), order()];
      await Promise.all(works.map((work) => work.finally(() => ending.abort())));
    },
    writePending: () => applier.flush(),
    readAgain: (cause) => loop.readAgain(cause),
    readFiles,
    hangUp: (cause) => void readFiles().then(() => loop.readAgain(cause)),
    reload(cause) {
      if (versions.isOther()) loop.readAgain(cause);
      loop.reload(cause);
    },
    async [Symbol.asyncDispose]() {
      try {
        await applier[Symbol.asyncDispose]();
      } finally {
        await Promise.all([journalFile, lastGood, claims, rejectionReport].map((file) => file[Symbol.asyncDispose]()));
      }
    },
  };
}

/** Lets the files of certificates go when HAProxy has others. */
function forgetFiles(journal: Journal, certificates: Certificates, log: Logger): void {
  let known: ConfigDocument['certificates'];
  journal.subscribe(({ after, outcome }) => {
    const served = after?.certificates;
    if (served === known || !WELL.has(outcome.kind)) return;
    known = served;
    void certificates
      .forget(new Set(served?.map(({ path }) => path)))
      .catch((error: unknown) => log.warn(`files of certificates that are not served any more stay: ${messageOf(error)}`));
  });
}

const WELL: ReadonlySet<Outcome['kind']> = new Set(['unchanged', 'runtime', 'reload']);

/** Milliseconds for an answer of HAProxy about the states of servers: a status must not wait long for a HAProxy that hangs. */
const STATUS_PATIENCE = 1500;

/** Milliseconds between two looks at HAProxy, the program and the process. */
const LOOK_EVERY = 2000;

function clock(): number {
  return performance.now();
}
