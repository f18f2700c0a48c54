/** One pass: read a snapshot, decide, verify, then plan and apply. */
import type { Settings } from '../../config/settings.ts';
import type { Applier } from '../../haproxy/applier.ts';
import { isBindable } from '../../haproxy/check/bindable.ts';
import type { Bind } from '../../haproxy-config/wanted-binds.ts';
import type { DownServers } from '../../haproxy/runtime/down-servers.ts';
import type { KnownAddresses } from '../../haproxy/runtime/known-addresses.ts';
import { fingerprintOf } from '../../haproxy/files/config-store.ts';
import type { VersionWatch } from '../../haproxy/process/version-watch.ts';
import { createBuildMemo } from '../../model/build.ts';
import { type Holders, NO_HOLDERS } from '../../model/conflicts/holders.ts';
import type { CertificateTable } from '../../model/certificates/certificate.ts';
import { createAllowedOnly } from './allowed-only.ts';
import type { Policy } from '../../model/policy/rules/policy.ts';
import type { Service } from '../../model/service.ts';
import type { Workload } from '../../model/workload.ts';
import type { ClientCas } from '../../model/certificates/client-cas.ts';
import type { ErrorPages } from '../../render/error-pages/sections.ts';
import { plan } from '../../plan/plan.ts';
import type { Library } from '../../render/templates/library.ts';
import { type Dirty, type Source, SourceError } from '../../sources/source.ts';
import type { ClaimsStore } from '../state/claims-store.ts';
import { apply, type ApplyContext, type Seen } from './apply.ts';
import { createOrigin } from '../alerts/common-fault.ts';
import { decide } from './decide.ts';
import { verifySnapshot } from './verify-snapshot.ts';
import type { RemovalGuard, Held } from '../snapshot/removal-guard.ts';
import type { Outcome, PassRecord } from '../journal/journal.ts';
import type { LastGoodStore } from '../state/last-good.ts';
import type { DirtySet } from './dirty-set.ts';
import { formatOutcome } from '../journal/log-passes.ts';
import { createPassState, type PassState } from './state.ts';
import { createRendering, type OrderView } from './rendering.ts';
import { type Clocks, type Notes, type PassCause, record } from './record.ts';
import { createRetryWatch } from '../quarantine/retry-watch.ts';
import type { LastGood } from '../quarantine/fallback.ts';
import { reportRejections, type RejectionReportFile } from '../state/rejection-report.ts';
import type { Rejections } from '../quarantine/candidate.ts';
import { createWorkloadCache } from '../snapshot/workload-cache.ts';
import { serversInConfig } from '../snapshot/servers-in-config.ts';

export interface PassDeps extends Clocks {
  readonly source: Pick<Source, 'read'>;
  readonly applier: Applier;
  readonly library: Library;
  /** Returns the certificates of now; left out: nothing is known of them. */
  readonly certificates?: (() => CertificateTable) | undefined;
  /** Left out: no certificates are ordered. */
  readonly orders?: OrderView | undefined;
  /** Gets the services that HAProxy serves after a pass that went well. */
  readonly onServed?: (services: readonly Service[]) => void;
  /** Returns the policy of now; left out: that of the settings stays. */
  readonly policy?: () => Policy | undefined;
  /** Returns the error pages of now; left out: those of the settings stay. */
  readonly errorPages?: () => ErrorPages | undefined;
  readonly clientCas?: () => ClientCas | undefined;
  /** Keeps what HAProxy accepted over restarts; left out: nothing is kept. */
  readonly lastGood?: LastGoodStore;
  /** Left out: HAProxy stays the version that it is. */
  readonly versions?: VersionWatch;
  /** Keeps who holds which ports and hosts over restarts; left out: nothing is kept. */
  readonly claims?: ClaimsStore;
  /** Keeps for other programs what HAProxy rejects; left out: nothing is kept. */
  readonly rejectionReport?: Pick<RejectionReportFile, 'keep'>;
  /** Left out: no snapshot is held. */
  readonly guard?: RemovalGuard;
  /** Left out: HAProxy's own checks do not matter for what is held. */
  readonly down?: DownServers;
  /** Left out: HAProxy is not asked which addresses it has for host names. */
  readonly addresses?: KnownAddresses;
  /** Gets the workloads of each complete read. */
  readonly onWorkloads?: (workloads: readonly Workload[]) => void;
  /** Returns whether HAProxy could bind an address now that it could not bind before; by default it is tried. */
  readonly isBindable?: (bind: Bind) => Promise<boolean>;
}

export interface PassRequest extends PassCause {
  /** What to read again. */
  readonly dirty: Dirty;
  /** Whether to retry services that HAProxy rejected (a missing certificate may exist now), and to repair drift. */
  readonly retryRejected: boolean;
}

export interface Pass {
  /**
   * Reads the source and brings HAProxy to what it says. Failures are an outcome; only the signal's reason is thrown. What gets into
   * `dirtySet` during a check does not wait for its end.
   */
  run(request: PassRequest, signal: AbortSignal, dirtySet?: DirtySet): Promise<PassRecord>;
  /** Returns whether to retry now something that HAProxy rejected; if not, the milliseconds until it may be due. */
  retryDue(): Promise<{ readonly isDue: boolean; readonly nextIn: number | undefined }>;
  /** Checks the configuration on disk and reloads HAProxy, without asking the source. */
  reload(cause: PassCause, signal: AbortSignal): Promise<PassRecord>;
}

export function createPass(settings: Settings, deps: PassDeps): Pass {
  const { source, applier, library, lastGood, claims } = deps;
  const cache = createWorkloadCache(source, settings.model);
  let memo = createBuildMemo();
  let { model } = settings;
  const saved = createAllowedOnly();
  const rendering = createRendering(settings.render, library, deps.certificates, deps.orders);
  const watch = createRetryWatch({ isBindable: deps.isBindable ?? isBindable, fingerprintOf, clock: deps.clock });
  const mayRetry = (key: string): boolean => watch.mayRetry(key);
  const tools = {
    applier,
    render: rendering.render,
    cleanup: !settings.haproxy.skipValidation && !settings.haproxy.skipConfigCleanup,
    lastGood,
    origin: createOrigin(settings.render),
    addresses: deps.addresses,
    mayRetry,
  };
  /** Replaced here only. */
  let state = createPassState();

  /** Takes the policy of now: what was built with another one does not count any more. */
  const takePolicy = (): void => {
    if (deps.errorPages !== undefined) rendering.changePages(deps.errorPages());
    if (deps.clientCas !== undefined) rendering.changeClientCas(deps.clientCas());
    if (deps.policy === undefined || deps.policy() === model.policy) return;
    model = { ...model, policy: deps.policy() };
    memo = createBuildMemo();
  };

  /** Reads the source, decides, and verifies; returns the snapshot if it is held. `before` is a copy of the state during a check. */
  const readAndDecide = async (
    loaded: LoadedState,
    dirty: Dirty,
    { time, measure }: Pick<Notes, 'time' | 'measure'>,
    signal: AbortSignal,
  ): Promise<Seen | Held> => {
    const snapshot = await time('read', () => cache.read(dirty, signal)).catch((error: unknown) => {
      if (error instanceof SourceError && error.isUnreachable) deps.guard?.unreachable();
      throw error;
    });
    if (dirty === 'all') deps.onWorkloads?.(snapshot.workloads);
    takePolicy();
    const before = { ...loaded, lastGood: saved(loaded.lastGood, model) };
    const decision = decide(snapshot, { ...before, mayRetry }, { model, render: rendering.render, memo, measure });
    const held = await verifySnapshot(decision.candidates, dirty === 'all', before, deps, signal);
    if (held !== undefined) return held;
    if (decision.holders !== before.holders) claims?.keep(decision.holders);
    return { state: { ...before, holders: decision.holders }, decision };
  };

  /** The same during a check, which is the stage that is measured. Returns undefined if the next pass has to report it. */
  const decideAgain: ApplyContext['decideAgain'] = async (before, dirty, signal) => {
    try {
      const seen = await readAndDecide(await loadPast(before, deps), dirty, UNMEASURED, signal);
      return 'kind' in seen ? undefined : seen;
    } catch {
      return undefined;
    }
  };

  /** Returns what HAProxy rejected and what is not tried again in this pass. */
  const stillRejected = async (retryRejected: boolean): Promise<Rejections> => {
    const version = deps.versions?.look();
    if (version !== undefined && rendering.changeVersion(version)) return new Map();
    return retryRejected ? watch.keep(state.rejected) : watch.review(state.rejected);
  };

  const runPass = async (
    { dirty, retryRejected }: PassRequest,
    notes: Notes,
    dirtySet: DirtySet | undefined,
    signal: AbortSignal,
  ): Promise<Outcome> => {
    const loaded = await loadPast({ ...state, rejected: await stillRejected(retryRejected) }, deps);
    state = loaded;
    const seen = await readAndDecide(loaded, dirty, notes, signal);
    if ('kind' in seen) return seen;
    const context = { ...tools, notes, signal, repairsDrift: retryRejected, dirtySet, decideAgain };
    const applied = await apply(seen.state, seen.decision, context);
    state = applied.state;
    deps.rejectionReport?.keep(reportRejections(state.rejected, whyNotLive(applied.outcome), state.served));
    // Right after the rejection, so that no change of a file is missed.
    notes.againInMs = (await watch.isDue(state.rejected)) ? 0 : watch.nextIn(state.rejected);
    if (state.served !== undefined && WELL.has(applied.outcome.kind)) deps.onServed?.(state.served);
    return applied.outcome;
  };

  const reloadOnDisk = async ({ time }: Notes, signal: AbortSignal): Promise<Outcome> => {
    const retryInMs = applier.reloadAllowedIn();
    if (retryInMs > 0) return { kind: 'postponed', retryInMs, reasons: ['asked for'], commands: [] };
    const applied = await time('apply', () => applier.reloadOnDisk(signal));
    if (applied.kind === 'reload') {
      // The files may have been edited by hand: then what HAProxy runs now is not known.
      state = { ...state, pendingReload: undefined };
      const isKnown = state.current !== undefined && plan(undefined, await applier.onDisk(), state.current).kind === 'nothing';
      if (!isKnown) {
        state = { ...state, current: undefined };
        return { ...applied, isForeign: true };
      }
    }
    return applied.kind === 'invalid' ? { kind: 'refused', alerts: applied.alerts } : applied;
  };

  return {
    run: (request, signal, dirtySet) =>
      record(
        request,
        () => state,
        deps,
        (notes) => runPass(request, notes, dirtySet, signal),
        signal,
      ),
    retryDue: async () => ({ isDue: await watch.isDue(state.rejected), nextIn: watch.nextIn(state.rejected) }),
    reload: (cause, signal) =>
      record(
        cause,
        () => state,
        deps,
        (notes) => reloadOnDisk(notes, signal),
        signal,
      ),
  };
}

const WELL: ReadonlySet<Outcome['kind']> = new Set(['unchanged', 'runtime', 'reload']);

const UNMEASURED: Pick<Notes, 'time' | 'measure'> = { time: (_, work) => work(), measure: (_, work) => work() };

/** The state with what is kept on disk. */
type LoadedState = PassState & { readonly lastGood: LastGood; readonly holders: Holders };

/** Returns the state with what is kept on disk, which is read once. */
async function loadPast(state: PassState, { guard, applier, claims, lastGood }: PassDeps): Promise<LoadedState> {
  return {
    ...state,
    holders: state.holders ?? (await claims?.read()) ?? NO_HOLDERS,
    lastGood: state.lastGood ?? (await lastGood?.read()) ?? new Map(),
    // Only the guard asks for it.
    live: state.live ?? (guard && serversInConfig((await applier.onDisk()).config)),
  };
}

/** Returns why HAProxy does not run the last decision; undefined if it does, or will after a reload that waits. */
function whyNotLive(outcome: Outcome): string | undefined {
  if (outcome.kind === 'failed') return outcome.error.message;
  return outcome.kind === 'refused' ? formatOutcome(outcome) : undefined;
}
