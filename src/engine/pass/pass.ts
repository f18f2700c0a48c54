/** One pass: current, desired, plan, apply. */
import type { Settings } from '../../config/settings.ts';
import type { Applier } from '../../haproxy/applier.ts';
import { isBindable } from '../../haproxy/check/bindable.ts';
import type { Bind } from '../../haproxy-config/wanted-binds.ts';
import type { DownServers } from '../../haproxy/runtime/down-servers.ts';
import type { KnownAddresses } from '../../haproxy/runtime/known-addresses.ts';
import { stampOf } from '../../haproxy/files/stamps.ts';
import type { VersionWatch } from '../../haproxy/process/version-watch.ts';
import { MarathonUnreachable } from '../../marathon/error.ts';
import type { Source } from '../../marathon/apps/source.ts';
import { build, createBuildMemo } from '../../model/build.ts';
import { NO_HOLDERS } from '../../model/conflicts/holders.ts';
import { plan } from '../../plan/plan.ts';
import type { Library } from '../../render/templates/library.ts';
import type { ClaimsStore } from '../state/claims-store.ts';
import { bringLive, type Means } from './apply.ts';
import { createOrigin } from '../alerts/common-fault.ts';
import { type Desired, desired } from './desired.ts';
import { doubt } from './verify-snapshot.ts';
import type { Guard, Held } from '../snapshot/removal-guard.ts';
import type { PassRecord } from '../journal/journal.ts';
import type { LastGoodStore } from '../state/last-good.ts';
import type { News } from './dirty-set.ts';
import { tellOutcome } from '../journal/log.ts';
import { createPassState } from './state.ts';
import { createRendering } from './rendering.ts';
import { type Clocks, type Notes, type PassCause, record } from './record.ts';
import { createRetryWatch } from '../quarantine/retry-watch.ts';
import { standInFor } from '../quarantine/fallback.ts';
import { standingOf, type StandingStore } from '../state/refusals-file.ts';
import type { Rejections } from '../quarantine/candidate.ts';
import { createWorld, type Dirty } from '../snapshot/app-cache.ts';

export interface PassDeps extends Clocks {
  readonly source: Source;
  readonly applier: Applier;
  readonly library: Library;
  /** What HAProxy accepted before this run; left out: nothing is known, nothing is kept. */
  readonly lastGood?: LastGoodStore;
  /** Left out: HAProxy stays the version that it is. */
  readonly versions?: VersionWatch;
  /** Who held which ports and hosts before this run; left out: nothing is known, nothing is kept. */
  readonly claims?: ClaimsStore;
  /** Where other programs read what HAProxy refuses; left out: nowhere. */
  readonly standing?: Pick<StandingStore, 'keep'>;
  /** Left out: Marathon is believed at once. */
  readonly guard?: Guard;
  /** Left out: what the guard holds is held, whatever HAProxy's own checks say. */
  readonly down?: DownServers;
  /** Left out: what the running HAProxy has for host names is not asked. */
  readonly addresses?: KnownAddresses;
  /** Whether an address that HAProxy could not have can be had now; by default it is tried. */
  readonly isBindable?: (bind: Bind) => Promise<boolean>;
}

export interface PassRequest extends PassCause {
  /** The apps to be read again. */
  readonly dirty: Dirty;
  /** Try again what HAProxy refused before: a missing certificate may be there now. */
  readonly retryRejected: boolean;
}

export interface Pass {
  /**
   * Reads Marathon and brings HAProxy to what it says. Failures are an outcome; only the signal's reason is thrown. `news`: what comes
   * while HAProxy is asked about a document does not wait for the answer.
   */
  run(request: PassRequest, signal: AbortSignal, news?: News): Promise<PassRecord>;
  /** Whether something that HAProxy refused is to be tried again now; if not, milliseconds until the next look. */
  again(): Promise<{ readonly isDue: boolean; readonly nextIn: number | undefined }>;
  /** Checks the configuration on disk and reloads HAProxy, without asking Marathon. */
  reload(cause: PassCause, signal: AbortSignal): Promise<PassRecord>;
}

export function createPass(settings: Settings, deps: PassDeps): Pass {
  const { source, applier, library, lastGood, claims } = deps;
  const world = createWorld(source, settings.model);
  const memo = createBuildMemo();
  const rendering = createRendering(settings.render, library);
  const state = createPassState();
  const watch = createRetryWatch({ isBindable: deps.isBindable ?? isBindable, stampOf, clock: deps.clock });
  const means: Means = {
    state,
    applier,
    render: rendering.render,
    cleanup: !settings.haproxy.skipValidation && !settings.haproxy.skipConfigCleanup,
    lastGood,
    origin: createOrigin(settings.render),
    addresses: deps.addresses,
    mayRetry: (key) => watch.mayRetry(key),
  };

  /** What is to be served by what Marathon says now. */
  const look = async (dirty: Dirty, time: Notes['time'], signal: AbortSignal): Promise<Desired | Held> => {
    const snapshot = await time('read', () => world.read(dirty, signal));
    const holders = (state.holders ??= (await claims?.read()) ?? NO_HOLDERS);
    const good = (state.lastGood ??= (await lastGood?.read()) ?? new Map());
    const model = await time('build', () => build(snapshot, settings.model, memo, holders, standInFor(good)));
    const held = await doubt(model.services, dirty === 'all', { ...deps, state }, signal);
    if (held !== undefined) return held;
    if (model.holders !== state.holders) claims?.keep(model.holders);
    state.holders = model.holders;
    const past = { lastGood: good, rejected: state.rejected, served: state.served, mayRetry: means.mayRetry };
    return time('render', () => desired(model, past, means.render));
  };

  /** The same while HAProxy checks, which is the stage that counts. Undefined: that is for the next pass to say. */
  const lookAgain = async (dirty: Dirty, signal: AbortSignal): Promise<Desired | undefined> => {
    try {
      const seen = await look(dirty, async (_, work) => work(), signal);
      return 'kind' in seen ? undefined : seen;
    } catch (error) {
      if (error instanceof MarathonUnreachable) deps.guard?.unreachable();
      return undefined;
    }
  };

  const keepStanding = (notLive: string | undefined): void =>
    deps.standing?.keep(standingOf(state.rejected, notLive, state.served));

  return {
    run: (request, signal, news) =>
      record(
        request,
        state,
        deps,
        async (notes) => {
          const version = deps.versions?.look();
          const isOther = version !== undefined && rendering.changeVersion(version);
          if (isOther) state.rejected = NONE;
          else state.rejected = await (request.retryRejected ? watch.keep(state.rejected) : watch.review(state.rejected));
          const seen = await look(request.dirty, notes.time, signal);
          if ('kind' in seen) return seen;
          const errand = { notes, signal, mend: request.retryRejected, news, lookAgain };
          const outcome = await bringLive(seen, means, errand).catch((error: unknown) => {
            keepStanding(error instanceof Error ? error.message : String(error));
            throw error;
          });
          keepStanding(outcome.kind === 'refused' ? tellOutcome(outcome) : undefined);
          // Files are looked at as soon after the refusal as can be.
          notes.againInMs = (await watch.isDue(state.rejected)) ? 0 : watch.nextIn(state.rejected);
          return outcome;
        },
        signal,
      ),

    again: async () => ({ isDue: await watch.isDue(state.rejected), nextIn: watch.nextIn(state.rejected) }),

    reload: (cause, signal) =>
      record(
        cause,
        state,
        deps,
        async ({ time }) => {
          const retryInMs = applier.reloadAllowedIn();
          if (retryInMs > 0) return { kind: 'postponed', retryInMs, reasons: ['asked for'], commands: [] };
          const applied = await time('apply', () => applier.reloadOnDisk(signal));
          if (applied.kind === 'reload') {
            state.owed = undefined;
            // Somebody may have edited the files: what HAProxy runs now is known by them only.
            const isKnown =
              state.current !== undefined && plan(undefined, await applier.onDisk(), state.current).kind === 'nothing';
            if (!isKnown) state.current = undefined;
          }
          return applied.kind === 'invalid' ? { kind: 'refused', alerts: applied.alerts } : applied;
        },
        signal,
      ),
  };
}

const NONE: Rejections = new Map();
