/** The ladder: what is desired is said to the running HAProxy; where that does not do, it is checked and HAProxy reloaded. */
import type { Applied } from '../haproxy/applied.ts';
import type { Applier } from '../haproxy/apply.ts';
import type { FilesOnDisk } from '../plan/plan.ts';
import { plan } from '../plan/plan.ts';
import type { Service } from '../model/service.ts';
import { serviceKey } from './blame.ts';
import type { Desired, Render } from './desired.ts';
import type { Outcome } from './journal.ts';
import type { LastGoodStore } from './last-good.ts';
import { type PassState, toldOf } from './pass-state.ts';
import { quarantine } from './quarantine.ts';
import type { Notes } from './record.ts';
import { withoutReload } from './without-reload.ts';

/** What a pass works with. */
export interface Means {
  readonly state: PassState;
  readonly applier: Applier;
  readonly render: Render;
  /** Whether HAProxy is asked before a reload, and what it refuses is left out. */
  readonly cleanup: boolean;
  readonly lastGood: Pick<LastGoodStore, 'keep'> | undefined;
}

export interface Errand {
  readonly notes: Notes;
  readonly signal: AbortSignal;
  /** Compare HAProxy with what it should have, too. */
  readonly mend: boolean;
}

/** Brings HAProxy to what is desired, and notes in the state what it runs then. Throws what the applier throws. */
export async function bringLive(wanted: Desired, means: Means, errand: Errand): Promise<Outcome> {
  const onDisk = means.state.current === undefined ? await means.applier.onDisk() : undefined;
  errand.notes.onDisk = onDisk?.config;
  tell(wanted, means.state);
  const first = await say(wanted, onDisk, means, errand);
  if (first.kind !== 'reload-needed') return first;

  const accepted = means.cleanup ? await check(wanted, means, errand) : wanted;
  if ('alerts' in accepted) return accepted;
  tell(accepted, means.state);

  // Without what HAProxy refuses there may be nothing left that needs a reload.
  const isOther = accepted.refused.length > 0 && !first.isRefused;
  const second = isOther ? await say(accepted, onDisk, means, errand) : first;
  return second.kind === 'reload-needed' ? reload(accepted, second, means, errand) : second;
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
  if (planned.kind === 'reload') return reloadNeeded(planned.reasons);
  if (applier.owesReload()) return reloadNeeded(['the last reload failed']);
  const done = await notes.time('apply', () => withoutReload(applier, wanted.document, planned, mend, signal));
  if (done.kind === 'refused') {
    notes.refusals = done.reasons.slice(planned.kind === 'runtime' ? planned.reasons.length : 0);
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

/** What HAProxy accepts of what is desired. */
async function check(wanted: Desired, means: Means, { notes, signal }: Errand): Promise<Desired | RefusedConfig> {
  const { state, applier, render } = means;
  const found = await notes.time('check', () =>
    quarantine({
      services: wanted.candidates,
      render: (services) => render(services).document,
      check: (doc) => applier.check(doc, signal),
      lastGood: state.lastGood ?? new Map(),
      rejected: state.rejected,
    }),
  );
  if (found.refused) await applier.keepRejected(found.refused);
  if (found.kind !== 'accepted') return { kind: 'refused', alerts: found.alerts };
  state.rejected = found.rejected;
  state.lastGood = found.lastGood;
  means.lastGood?.keep(found.lastGood);
  return { ...wanted, document: found.doc, served: found.services, refused: found.problems };
}

async function reload(wanted: Desired, why: ReloadNeeded, means: Means, { notes, signal }: Errand): Promise<Outcome> {
  const { state, applier, cleanup } = means;
  const request = { signal, reasons: why.reasons, force: why.isRefused, checked: cleanup };
  const applied = await notes.time('apply', () => applier.apply(wanted.document, request));
  if (applied.kind === 'invalid') return { kind: 'refused', alerts: applied.alerts };
  isLive(wanted, state);
  return applied;
}

function isLive({ document, served }: Desired, state: PassState): void {
  state.current = document;
  state.live = served;
}

function tell({ served, problems, refused }: Desired, state: PassState): void {
  state.told = toldOf(served, [...problems, ...refused]);
}

function remember(services: readonly Service[], { state, lastGood }: Pick<Means, 'state' | 'lastGood'>): void {
  const fresh = services.map((service) => [serviceKey(service), service] as const);
  state.lastGood = new Map([...(state.lastGood ?? []), ...fresh]);
  lastGood?.keep(state.lastGood);
}
