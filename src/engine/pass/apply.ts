/** The ladder: what is desired is said to the running HAProxy; where that does not do, it waits its turn, is checked, and HAProxy reloaded. */
import type { Applied } from '../../haproxy/applied.ts';
import { type Alert, readStartAlerts } from '../../haproxy/check/alerts.ts';
import type { Applier, Refused } from '../../haproxy/applier.ts';
import { bindsIn } from '../../haproxy-config/wanted-binds.ts';
import { HaproxyError } from '../../haproxy/error.ts';
import type { KnownAddresses } from '../../haproxy/runtime/known-addresses.ts';
import { interim } from '../../plan/partial.ts';
import type { FilesOnDisk } from '../../plan/plan.ts';
import { plan } from '../../plan/plan.ts';
import type { Service } from '../../model/service.ts';
import { blame, serviceKey } from '../alerts/attribute.ts';
import { commonFault, type Origin } from '../alerts/common-fault.ts';
import type { Desired, Render } from './desired.ts';
import type { Outcome } from '../journal/journal.ts';
import { warningNotes } from '../alerts/haproxy-warnings.ts';
import type { LastGoodStore } from '../state/last-good.ts';
import { meanwhile } from './while-checking.ts';
import { namedAlerts } from '../alerts/named-alerts.ts';
import type { News } from './dirty-set.ts';
import { type PassState, toldOf } from './state.ts';
import { quarantine } from '../quarantine/quarantine.ts';
import type { Notes } from './record.ts';
import { withoutReload } from './without-reload.ts';
import { faultOf, type Rejection, type Rejections } from '../quarantine/candidate.ts';
import { withPlaces } from '../alerts/locate.ts';
import type { Dirty } from '../snapshot/app-cache.ts';

/** What a pass works with. */
export interface Means {
  readonly state: PassState;
  readonly applier: Applier;
  readonly render: Render;
  /** Whether HAProxy is asked before a reload, and what it refuses is left out. */
  readonly cleanup: boolean;
  /** Whose a line is that no app wrote. */
  readonly origin: Origin;
  readonly lastGood: Pick<LastGoodStore, 'keep'> | undefined;
  /** What the running HAProxy has for host names; undefined: it is not asked. */
  readonly addresses?: KnownAddresses | undefined;
  /** Whether a service that was refused may be tried with other servers now. */
  readonly mayRetry?: ((key: string) => boolean) | undefined;
}

export interface Errand {
  readonly notes: Notes;
  readonly signal: AbortSignal;
  /** Compare HAProxy with what it should have, too. */
  readonly mend: boolean;
  /** What Marathon tells meanwhile; left out: it waits. */
  readonly news: News | undefined;
  /** What is to be served when these apps are read again; undefined: nobody knows. */
  readonly lookAgain: (dirty: Dirty, signal: AbortSignal) => Promise<Desired | undefined>;
}

/** Brings HAProxy to what is desired, and notes in the state what it runs then. Throws what the applier throws. */
export async function bringLive(wanted: Desired, means: Means, errand: Errand): Promise<Outcome> {
  const onDisk = means.state.current === undefined ? await means.applier.onDisk() : undefined;
  errand.notes.onDisk = onDisk?.config;
  const first = await say(wanted, onDisk, means, errand);
  if (first.kind !== 'reload-needed') return first;

  const retryInMs = means.applier.reloadAllowedIn();
  if (retryInMs > 0)
    return { kind: 'postponed', retryInMs, reasons: first.reasons, commands: await sayPart(wanted, means, errand) };

  // A check and a reload take their time, and may fail again and again: tasks come and go meanwhile.
  const commands = [...(await sayPart(wanted, means, errand))];
  tell(wanted, means.state);
  const accepted = means.cleanup ? await checkMeanwhile(wanted, commands, means, errand) : wanted;
  if ('alerts' in accepted) return commands.length > 0 ? { ...accepted, commands } : accepted;
  tell(accepted, means.state);

  // Without what HAProxy refuses there may be nothing left that needs a reload.
  const isOther = accepted.refused.length > 0 && !first.isRefused;
  const second = isOther ? await say(accepted, onDisk, means, errand) : first;
  return second.kind === 'reload-needed' ? reload(accepted, second, means, errand) : second;
}

/** What HAProxy accepts, with the servers of the last moment: those come and go while it is asked. `commands` gets what was said. */
async function checkMeanwhile(
  wanted: Desired,
  commands: string[],
  means: Means,
  errand: Errand,
): Promise<Desired | RefusedConfig> {
  let latest = wanted;
  const follow = async (dirty: Dirty, signal: AbortSignal): Promise<void> => {
    latest = (await errand.lookAgain(dirty, signal)) ?? latest;
    commands.push(...(await sayPart(latest, means, errand)));
  };
  const found = await meanwhile(check(wanted, means, errand), errand.news, follow, errand.signal);
  if (latest === wanted || 'alerts' in found) return found;
  // Only what may be said to HAProxy unchecked is taken over unchecked.
  return { ...found, document: interim(found.document, latest.document)?.document ?? found.document };
}

/** What runs cannot be brought to the document by word alone. */
interface ReloadNeeded {
  readonly kind: 'reload-needed';
  readonly reasons: readonly string[];
  /** HAProxy refused it: what it has now is neither the one nor the other. */
  readonly isRefused: boolean;
}

type RefusedConfig = Extract<Outcome, { kind: 'refused' }>;

async function say(
  wanted: Desired,
  onDisk: FilesOnDisk | undefined,
  { state, applier, ...means }: Means,
  { notes, signal, mend }: Errand,
): Promise<Applied | ReloadNeeded> {
  const planned = plan(state.current, onDisk, wanted.document);
  if (state.current !== undefined && planned.kind !== 'nothing')
    notes.compared = { before: state.current, after: wanted.document, changes: planned.changes };
  if (state.owed !== undefined) return { ...reloadNeeded(state.owed), isRefused: true };
  if (planned.kind === 'reload') return reloadNeeded(planned.reasons);
  if (applier.owesReload()) return reloadNeeded(['the last reload failed']);
  const done = await notes.time('apply', () => withoutReload(applier, wanted.document, planned, mend, signal));
  if (done.kind === 'refused') {
    noteRefusal(done, planned.kind === 'runtime' ? planned.reasons.length : 0, state, notes);
    return { ...reloadNeeded(done.reasons), isRefused: true };
  }
  // What is on disk already was accepted once.
  if (state.current === undefined && means.cleanup && done.kind === 'unchanged') remember(wanted.served, { state, ...means });
  isLive(wanted, state);
  return done;
}

function reloadNeeded(reasons: readonly string[]): ReloadNeeded {
  return { kind: 'reload-needed', reasons, isRefused: false };
}

/** While a reload waits for its turn or cannot be: what can be said without it. The commands that were said. */
async function sayPart(wanted: Desired, { state, applier }: Means, { notes, signal }: Errand): Promise<readonly string[]> {
  if (state.current === undefined || state.owed !== undefined) return [];
  const part = interim(state.current, wanted.document);
  if (part === undefined) return [];
  const done = await notes.time('apply', () => applier.change(part.document, part.plan, signal));
  if (done.kind === 'refused') {
    noteRefusal(done, part.plan.reasons.length, state, notes);
    return [];
  }
  state.current = part.document;
  return done.kind === 'runtime' ? done.commands : [];
}

/** `own` reasons are the plan's; what comes after them HAProxy said, and some of the commands may have been done. */
function noteRefusal({ reasons }: Refused, own: number, state: PassState, notes: Notes): void {
  notes.refusals = reasons.slice(own);
  if (notes.refusals.length > 0) state.owed = reasons;
}

/** What HAProxy accepts of what is desired. */
async function check(wanted: Desired, means: Means, { notes, signal }: Errand): Promise<Desired | RefusedConfig> {
  const { state, applier, render } = means;
  let warnings: readonly Alert[] = [];
  const found = await notes.time('check', () =>
    quarantine({
      services: wanted.candidates,
      render: (services) => render(services).document,
      check: (doc) => applier.check(doc, signal, (all) => (warnings = all)),
      lastGood: state.lastGood ?? new Map(),
      rejected: state.rejected,
      served: state.served,
      mayRetry: means.mayRetry,
      addresses: async () => (await means.addresses?.(wanted.document, signal)) ?? new Map(),
    }),
  );
  if (found.refused) await applier.keepRejected(found.refused);
  if (found.kind !== 'accepted') {
    const { alerts, refused = wanted.document } = found;
    return { kind: 'refused', alerts: commonFault(refused, wanted.candidates, alerts, means.origin) };
  }
  state.rejected = found.rejected;
  state.lastGood = found.lastGood;
  // The last document that was checked is the one that was accepted.
  state.warnings = warningNotes(found.doc, found.services, warnings);
  means.lastGood?.keep(found.lastGood);
  return { ...wanted, document: found.doc, served: found.services, refused: found.problems };
}

async function reload(wanted: Desired, why: ReloadNeeded, means: Means, errand: Errand, turns = RELOADS_MORE): Promise<Outcome> {
  const { notes, signal } = errand;
  const { state, applier, cleanup } = means;
  const request = { signal, reasons: why.reasons, force: why.isRefused, checked: cleanup };
  let applied: Awaited<ReturnType<Applier['apply']>>;
  try {
    applied = await notes.time('apply', () => applier.apply(wanted.document, request));
  } catch (error) {
    const rejected = cleanup && turns > 0 ? startFaults(error, wanted) : NONE;
    if (rejected.size === 0) throw error;
    state.rejected = new Map([...state.rejected, ...rejected]);
    const left = await check(wanted, means, errand);
    if ('alerts' in left) throw error;
    return reload(left, { ...why, isRefused: true }, means, errand, turns - 1);
  }
  if (applied.kind === 'invalid') return { kind: 'refused', alerts: namedAlerts(wanted.document, wanted.served, applied.alerts) };
  isLive(wanted, state);
  state.owed = undefined;
  return applied;
}

/** The services of the addresses that HAProxy could not bind when it was reloaded, though its check passed. */
function startFaults(error: unknown, { document, candidates }: Desired): Rejections {
  if (!(error instanceof HaproxyError) || !RELOAD_FAILED.has(error.code)) return NONE;
  const blamed = blame(document, withPlaces(document, readStartAlerts(error.message)));
  return new Map(
    candidates.flatMap((service) => {
      const alert = blamed.get(serviceKey(service));
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

/** How often HAProxy is reloaded again in one pass, each time without the services whose addresses it could not bind. */
const RELOADS_MORE = 3;

function isLive(wanted: Desired, state: PassState): void {
  state.current = wanted.document;
  state.live = wanted.served;
  state.served = wanted.served;
  tell(wanted, state);
}

function tell({ served, problems, refused }: Desired, state: PassState): void {
  state.told = toldOf(served, [...problems, ...refused, ...state.warnings]);
}

function remember(services: readonly Service[], { state, lastGood }: Pick<Means, 'state' | 'lastGood'>): void {
  const fresh = services.map((service) => [serviceKey(service), service] as const);
  state.lastGood = new Map([...(state.lastGood ?? []), ...fresh]);
  lastGood?.keep(state.lastGood);
}
