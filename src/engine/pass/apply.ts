/** The ladder: a decision goes to the running HAProxy as commands; if that is not enough, it is checked, and HAProxy reloads. */
import { type Alert, readStartAlerts } from '../../haproxy/check/alerts.ts';
import type { Applied, Applier, Refused } from '../../haproxy/applier.ts';
import { bindsIn } from '../../haproxy-config/wanted-binds.ts';
import { HaproxyError } from '../../haproxy/error.ts';
import type { KnownAddresses } from '../../haproxy/runtime/known-addresses.ts';
import { interim } from '../../plan/partial.ts';
import type { ConfigDocument } from '../../render/document.ts';
import type { FilesOnDisk } from '../../plan/parse-existing.ts';
import { plan } from '../../plan/plan.ts';
import type { Plan } from '../../plan/operations.ts';
import type { Service } from '../../model/service.ts';
import { attributeAlerts, serviceKey } from '../alerts/attribute.ts';
import { commonFault, type Origin } from '../alerts/common-fault.ts';
import type { Decision, Render } from './decide.ts';
import type { Outcome } from '../journal/journal.ts';
import { warningNotes } from '../alerts/haproxy-warnings.ts';
import type { LastGoodStore } from '../state/last-good.ts';
import { whileChecking } from './while-checking.ts';
import { withOwners } from '../alerts/alert-owners.ts';
import type { DirtySet } from './dirty-set.ts';
import { mergeFollowed, type PassState, reportOf } from './state.ts';
import { quarantine } from '../quarantine/quarantine.ts';
import { failed, type Notes } from './record.ts';
import { faultOf, type Rejection, type Rejections } from '../quarantine/candidate.ts';
import { withLocations } from '../alerts/locate.ts';
import type { Dirty } from '../../sources/source.ts';

/** The parts that `apply` uses. */
export interface ApplyContext {
  readonly applier: Applier;
  readonly render: Render;
  /** Whether HAProxy checks a configuration before a reload, and services that it rejects are left out. */
  readonly cleanup: boolean;
  /** The origin of the lines that no app wrote. */
  readonly origin: Origin;
  readonly lastGood: Pick<LastGoodStore, 'keep'> | undefined;
  /** Returns the addresses that the running HAProxy has for host names; undefined: it is not asked. */
  readonly addresses?: KnownAddresses | undefined;
  /** Returns whether a rejected service may be tried with other servers now. */
  readonly mayRetry?: ((key: string) => boolean) | undefined;
  readonly notes: Notes;
  readonly signal: AbortSignal;
  /** Whether HAProxy is compared with the document, and drift repaired. */
  readonly repairsDrift: boolean;
  /** Handles changes during a check; undefined: they wait for the next pass. */
  readonly dirtySet: DirtySet | undefined;
  /** Decides again after these apps changed; returns undefined if the next pass has to. */
  readonly decideAgain: (state: PassState, dirty: Dirty, signal: AbortSignal) => Promise<Seen | undefined>;
}

/** A decision, and the state with what was learned on the way. */
export interface Seen {
  readonly state: PassState;
  readonly decision: Decision;
}

/** The copy of the state that one call of `apply` writes to. */
type Draft = { -readonly [Key in keyof PassState]: PassState[Key] };

/** Brings a decision live. Returns the state after it; a failure is an outcome, as HAProxy may have taken a part before. */
export async function apply(
  state: PassState,
  decision: Decision,
  context: ApplyContext,
): Promise<{ readonly state: PassState; readonly outcome: Outcome }> {
  const draft: Draft = { ...state };
  const outcome = await applyInSteps(draft, decision, context).catch(failed);
  return { state: draft, outcome };
}

/** Tries the cheapest way first: commands, then a part of them while a reload waits or is checked, then the reload. */
async function applyInSteps(draft: Draft, decision: Decision, context: ApplyContext): Promise<Outcome> {
  const { applier, notes } = context;
  const onDisk = draft.current === undefined ? await applier.onDisk() : undefined;
  notes.onDisk = onDisk?.config;
  const first = await applyRuntime(draft, decision, onDisk, context);
  if (first.kind !== 'reload-needed') return first;

  const retryInMs = applier.reloadAllowedIn();
  if (retryInMs > 0)
    return { kind: 'postponed', retryInMs, reasons: first.reasons, commands: await applyPartial(draft, decision, context) };

  // A check and a reload take their time, and may fail again and again: tasks come and go meanwhile.
  const commands = [...(await applyPartial(draft, decision, context))];
  setReport(draft, decision);
  const accepted = context.cleanup ? await checkAndFollow(draft, decision, commands, context) : decision;
  if ('alerts' in accepted) return commands.length > 0 ? { ...accepted, commands } : accepted;
  setReport(draft, accepted);

  // Without the services that HAProxy rejects there may be nothing left that needs a reload.
  const isOther = accepted.rejected.length > 0 && !first.isRefused;
  const second = isOther ? await applyRuntime(draft, accepted, onDisk, context) : first;
  return second.kind === 'reload-needed' ? reload(draft, accepted, second, context) : second;
}

/**
 * Returns what HAProxy accepts, with the servers of the last moment. Changes during the check are applied to a copy of the state, which
 * is merged at the end. `commands` gets the commands that were run.
 */
async function checkAndFollow(
  draft: Draft,
  decision: Decision,
  commands: string[],
  context: ApplyContext,
): Promise<Decision | RefusedConfig> {
  const checked: Draft = { ...draft };
  let followed: Draft = { ...draft };
  let latest = decision;
  const follow = async (dirty: Dirty, signal: AbortSignal): Promise<void> => {
    const seen = await context.decideAgain(followed, dirty, signal);
    if (seen !== undefined) {
      followed = { ...seen.state };
      latest = seen.decision;
    }
    commands.push(...(await applyPartial(followed, latest, context)));
  };
  try {
    const found = await whileChecking(check(checked, decision, context), context.dirtySet, follow, context.signal);
    if (latest === decision || 'alerts' in found) return found;
    // Only what may be applied unchecked is taken over unchecked.
    return { ...found, document: interim(found.document, latest.document)?.document ?? found.document };
  } finally {
    Object.assign(draft, mergeFollowed(checked, followed));
  }
}

/** Commands alone cannot bring HAProxy to the document. */
interface ReloadNeeded {
  readonly kind: 'reload-needed';
  readonly reasons: readonly string[];
  /** Whether HAProxy refused a command: it has neither the old nor the new then. */
  readonly isRefused: boolean;
}

type RefusedConfig = Extract<Outcome, { kind: 'refused' }>;

/** Runs commands in the running HAProxy if they are enough. */
async function applyRuntime(
  draft: Draft,
  decision: Decision,
  onDisk: FilesOnDisk | undefined,
  context: ApplyContext,
): Promise<Applied | ReloadNeeded> {
  const { applier, notes } = context;
  const planned = plan(draft.current, onDisk, decision.document);
  if (draft.current !== undefined && planned.kind !== 'nothing')
    notes.compared = { before: draft.current, after: decision.document, changes: planned.changes };
  if (draft.pendingReload !== undefined) return { ...reloadNeeded(draft.pendingReload), isRefused: true };
  if (planned.kind === 'reload') return reloadNeeded(planned.reasons);
  if (applier.hasPendingReload()) return reloadNeeded(['the last reload failed']);
  const done = await notes.time('apply', () => withoutReload(decision.document, planned, context));
  if (done.kind === 'refused') {
    keepRefusal(draft, done, planned.kind === 'runtime' ? planned.reasons.length : 0, notes);
    return { ...reloadNeeded(done.reasons), isRefused: true };
  }
  // The configuration on disk was accepted once.
  if (draft.current === undefined && context.cleanup && done.kind === 'unchanged')
    keepLastGood(draft, decision.services, context);
  markLive(draft, decision);
  return done;
}

function reloadNeeded(reasons: readonly string[]): ReloadNeeded {
  return { kind: 'reload-needed', reasons, isRefused: false };
}

/** Applies a plan without a reload; compares HAProxy with the document, too, if drift is repaired. */
async function withoutReload(
  doc: ConfigDocument,
  planned: Exclude<Plan, { kind: 'reload' }>,
  { applier, repairsDrift, signal }: Pick<ApplyContext, 'applier' | 'repairsDrift' | 'signal'>,
): Promise<Applied | Refused> {
  if (planned.kind === 'nothing') return repairsDrift ? applier.reconcile(doc, signal) : { kind: 'unchanged' };
  const done = await applier.change(doc, planned, signal);
  if (done.kind !== 'runtime' || !repairsDrift) return done;
  const repaired = await applier.reconcile(doc, signal);
  if (repaired.kind === 'runtime') return { kind: 'runtime', commands: [...done.commands, ...repaired.commands] };
  return repaired.kind === 'unchanged' ? done : repaired;
}

/** Applies the changes that need no reload, while one waits or is checked. Returns the commands that were run. */
async function applyPartial(
  draft: Draft,
  decision: Decision,
  { applier, notes, signal }: ApplyContext,
): Promise<readonly string[]> {
  if (draft.current === undefined || draft.pendingReload !== undefined) return [];
  const part = interim(draft.current, decision.document);
  if (part === undefined) return [];
  const done = await notes.time('apply', () => applier.change(part.document, part.plan, signal));
  if (done.kind === 'refused') {
    keepRefusal(draft, done, part.plan.reasons.length, notes);
    return [];
  }
  draft.current = part.document;
  return done.kind === 'runtime' ? done.commands : [];
}

/** Keeps that a reload is pending if HAProxy refused a command, as others may be done. The first `own` reasons are those of the plan. */
function keepRefusal(draft: Draft, { reasons }: Refused, own: number, notes: Notes): void {
  notes.refusals = reasons.slice(own);
  if (notes.refusals.length > 0) draft.pendingReload = reasons;
}

/** Returns what HAProxy accepts of the decision. */
async function check(draft: Draft, decision: Decision, context: ApplyContext): Promise<Decision | RefusedConfig> {
  const { applier, render, notes, signal } = context;
  let warnings: readonly Alert[] = [];
  const found = await notes.time('check', () =>
    quarantine({
      services: decision.candidates,
      render: (services) => render(services).document,
      check: (doc) => applier.check(doc, signal, (all) => (warnings = all)),
      lastGood: draft.lastGood ?? new Map(),
      rejected: draft.rejected,
      served: draft.served,
      mayRetry: context.mayRetry,
      addresses: async () => (await context.addresses?.(decision.document, signal)) ?? new Map(),
    }),
  );
  if (found.refused) await applier.keepRejected(found.refused);
  if (found.kind !== 'accepted') {
    const { alerts, refused = decision.document } = found;
    return { kind: 'refused', alerts: commonFault(refused, decision.candidates, alerts, context.origin) };
  }
  draft.rejected = found.rejected;
  draft.lastGood = found.lastGood;
  // The last document that was checked is the one that was accepted.
  draft.warnings = warningNotes(found.doc, found.services, warnings);
  context.lastGood?.keep(found.lastGood);
  return { ...decision, document: found.doc, services: found.services, rejected: found.problems };
}

async function reload(
  draft: Draft,
  decision: Decision,
  why: ReloadNeeded,
  context: ApplyContext,
  turns = RELOADS_MORE,
): Promise<Outcome> {
  const { applier, cleanup, notes, signal } = context;
  const request = { signal, reasons: why.reasons, force: why.isRefused, checked: cleanup };
  let applied: Awaited<ReturnType<Applier['apply']>>;
  try {
    applied = await notes.time('apply', () => applier.apply(decision.document, request));
  } catch (error) {
    const rejected = cleanup && turns > 0 ? bindFaults(error, decision) : NONE;
    if (rejected.size === 0) throw error;
    draft.rejected = new Map([...draft.rejected, ...rejected]);
    const left = await check(draft, decision, context);
    if ('alerts' in left) throw error;
    return reload(draft, left, { ...why, isRefused: true }, context, turns - 1);
  }
  if (applied.kind === 'invalid')
    return { kind: 'refused', alerts: withOwners(decision.document, decision.services, applied.alerts) };
  markLive(draft, decision);
  draft.pendingReload = undefined;
  return applied;
}

/** Returns the services whose addresses HAProxy could not bind at the reload, though its check passed. */
function bindFaults(error: unknown, { document, candidates }: Decision): Rejections {
  if (!(error instanceof HaproxyError) || !RELOAD_FAILED.has(error.code)) return NONE;
  const attributed = attributeAlerts(document, withLocations(document, readStartAlerts(error.message)));
  return new Map(
    candidates.flatMap((service) => {
      const alert = attributed.get(serviceKey(service));
      if (alert === undefined) return [];
      const place = { definition: service, servers: service.servers, steps: 1, effect: 'nothing' } as const;
      const bind = bindsIn(alert.text ?? '').find(({ host, port }) => alert.message.includes(`${host}:${port}]`));
      const rejection: Rejection = { ...faultOf(service, { ...alert, bind }), ...place, isOfStart: true };
      return [[serviceKey(service), rejection] as const];
    }),
  );
}

const RELOAD_FAILED: ReadonlySet<string> = new Set(['reload-refused', 'reload-failed']);

const NONE: Rejections = new Map();

/** The number of further reloads in one pass, each time without the services with addresses that it could not bind. */
const RELOADS_MORE = 3;

function markLive(draft: Draft, decision: Decision): void {
  draft.current = decision.document;
  draft.live = decision.services;
  draft.served = decision.services;
  setReport(draft, decision);
}

function setReport(draft: Draft, { services, problems, rejected }: Decision): void {
  draft.report = reportOf(services, [...problems, ...rejected, ...draft.warnings]);
}

function keepLastGood(draft: Draft, services: readonly Service[], { lastGood }: Pick<ApplyContext, 'lastGood'>): void {
  const fresh = services.map((service) => [serviceKey(service), service] as const);
  draft.lastGood = new Map([...(draft.lastGood ?? []), ...fresh]);
  lastGood?.keep(draft.lastGood);
}
