/** The whole pipeline put together: what runs behind the command line, the demo and the container alike. */
import type { Settings } from '../config/settings.ts';
import { byName, createDownServers } from '../haproxy/runtime/down-servers.ts';
import { createKnownAddresses } from '../haproxy/runtime/known-addresses.ts';
import { createLiveApplier } from '../haproxy/create-applier.ts';
import { type Reload, createReload } from '../haproxy/reload/reload.ts';
import { createReloadMarker } from '../haproxy/reload/pending-reload.ts';
import { createVersionWatch } from '../haproxy/process/version-watch.ts';
import { createAsk } from '../haproxy/runtime/socket.ts';
import type { Logger } from '../log/logger.ts';
import { callbacks } from '../marathon/events/callbacks.ts';
import type { MarathonClient } from '../marathon/http/client.ts';
import type { StreamEvent } from '../marathon/events/event.ts';
import { events } from '../marathon/events/sse.ts';
import { createSource } from '../marathon/apps/source.ts';
import { routingWarnings } from '../render/frontends/https-routing.ts';
import type { Library } from '../render/templates/library.ts';
import { createClaimsStore } from './state/claims-store.ts';
import { createMarathonContact } from './journal/marathon-contact.ts';
import { createRemovalGuard } from './snapshot/removal-guard.ts';
import { type Journal, type PassRecord, createJournal } from './journal/journal.ts';
import { keepJournal, lastPass } from './journal/file.ts';
import { createLastGoodStore } from './state/last-good.ts';
import { createLoop } from './loop.ts';
import { logPasses } from './journal/log-passes.ts';
import { createPass } from './pass/pass.ts';
import { createStatus, type StatusSource } from './status/status.ts';
import type { HaproxyState } from '../haproxy/process/heartbeat.ts';
import { stripUserinfo } from '../lib/text/strip-userinfo.ts';
import { version } from '../config/version.ts';
import { createRejectionReportFile } from './state/rejection-report.ts';

export interface EngineParts {
  readonly library: Library;
  readonly client: MarathonClient;
  readonly log: Logger;
  /** How HAProxy is reloaded; by default by `--command` or the machine's init system. */
  readonly reload?: Reload;
  /** Marathon is read more than once; left out: `follow` does so. */
  readonly staysOn?: boolean;
}

/** Disposing writes down what HAProxy runs and what is left of the journal. */
export interface Engine extends AsyncDisposable {
  readonly journal: Journal;
  /** Returns a read model of the engine that follows it from now on; `haproxy`: whether HAProxy answers, if that is watched. */
  watchStatus(haproxy?: () => HaproxyState): StatusSource;
  /** What only HAProxy and the machine know. */
  figures(): Promise<{ readonly oldWorkers: number; readonly leaving: number }>;
  /** One pass over everything. */
  runOnce(signal: AbortSignal): Promise<PassRecord>;
  /** Follows Marathon until the signal. Throws a `MarathonError` if its events cannot be followed at all. */
  follow(signal: AbortSignal): Promise<void>;
  /** Writes what HAProxy runs to its files, if they do not have it yet. Throws HaproxyError. */
  writePending(): Promise<void>;
  /** Reads everything again (SIGHUP). */
  readAgain(cause: string): void;
  /** Reloads HAProxy with the configuration on disk (SIGUSR1). */
  reload(cause: string): void;
}

export function createEngine(settings: Settings, parts: EngineParts): Engine {
  const { library, client, log, reload = createReload(settings.haproxy, { log }) } = parts;
  for (const warning of routingWarnings(settings.render, library)) log.warn(warning);
  const source = createSource(client, settings.marathon, { log });
  const folder = settings.run.stateDir;
  const marker = createReloadMarker({ folder, config: settings.haproxy.config, log });
  const applier = createLiveApplier(settings.haproxy, { log, reload, marker });
  const { maxRemoval, mode } = settings.run;
  const guard = createRemovalGuard({
    maxRemoval,
    clock,
    leader: () => client.leader,
    staysOn: parts.staysOn ?? mode.kind !== 'once',
  });
  const down = createDownServers(createAsk());
  const lastGood = createLastGoodStore({ folder, log, labelPolicy: settings.model.labelPolicy });
  const addresses = createKnownAddresses(createAsk());
  const versions = createVersionWatch(settings.haproxy, { log });
  const claims = createClaimsStore({ folder, log });
  const rejectionReport = createRejectionReportFile({ folder, log });
  const kept = { lastGood, claims, rejectionReport };
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
    ...kept,
  });
  const journal = createJournal({ firstId: lastPass(folder) + 1 });
  logPasses(journal, log);
  const contact = createMarathonContact(journal, () => performance.now());
  const journalFile = keepJournal(journal, { folder, log });
  const { resyncInterval } = settings.run;
  const loop = createLoop({ pass, journal, log, resyncInterval, maxBackoff: settings.marathon.maxBackoff });

  return {
    journal,
    watchStatus: (haproxy) =>
      createStatus({
        version: version(),
        journal,
        contact,
        resyncInterval,
        marathon: () => ({ urls: settings.marathon.urls.map(stripUserinfo), leader: client.leader }),
        haproxyVersion: () => versions.current?.text,
        counts: () => applier.figures(),
        down: createDownServers(createAsk(STATUS_PATIENCE), byName),
        now: () => new Date(),
        ...(haproxy !== undefined && { haproxy }),
      }),
    figures: () => applier.figures(),
    async runOnce(signal) {
      const record = await pass.run({ cause: 'start', since: performance.now(), dirty: 'all', retryRejected: true }, signal);
      journal.append(record);
      return record;
    },
    async follow(signal) {
      const ending = new AbortController();
      const both = AbortSignal.any([signal, ending.signal]);
      const listen = async (): Promise<void> => {
        for await (const event of streamOf(settings, client, log, both)) {
          contact.note(event);
          if (event.kind === 'opened') guard.opened();
          loop.notify(event);
        }
      };
      loop.readAgain('start');
      // An upgrade that restarts HAProxy is not to wait for an event: the new version may refuse what was written for the old one.
      const timer = setInterval(() => versions.isOther() && loop.readAgain('HAProxy was replaced'), LOOK_EVERY);
      try {
        await Promise.all([listen(), loop.run(both)].map((work) => work.finally(() => ending.abort())));
      } finally {
        clearInterval(timer);
      }
    },
    writePending: () => applier.flush(),
    readAgain: (cause) => loop.readAgain(cause),
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

/** Milliseconds for an answer of HAProxy about the states of servers: a status must not wait long for a HAProxy that hangs. */
const STATUS_PATIENCE = 1500;

/** Milliseconds between two looks at the HAProxy program. */
const LOOK_EVERY = 5000;

function clock(): number {
  return performance.now();
}

function streamOf(settings: Settings, client: MarathonClient, log: Logger, signal: AbortSignal): AsyncGenerator<StreamEvent> {
  const { mode } = settings.run;
  const options = { signal, log: log.child('marathon_lb.events') };
  if (mode.kind !== 'event') return events(client, settings.marathon, options);
  return callbacks(client, settings.marathon, { ...options, listen: mode.listen, callbackUrl: mode.callbackUrl });
}
