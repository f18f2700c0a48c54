/** What a store knows about the hosts that are wanted: what is due, and what people see. */
import { mapBounded } from '../../../lib/async/bounded.ts';
import { messageOf } from '../../../lib/errors.ts';
import { certificateFile } from '../../shared/documents.ts';
import { readIssued } from './issued.ts';
import { type Issued, type OrderPlan, planOrders, REFUSALS, renewalOf, retryOf, type Wish } from './plan-orders.ts';
import { isOfDocument, type SharedStore } from '../../shared/shared-store.ts';
import { type FailureNote, type OrderState, readState } from './state.ts';

export interface Situation {
  readonly state: OrderState;
  readonly issued: ReadonlyMap<string, IssuedPem>;
  /** Hosts whose last orders from this server failed, or whose certificate cannot be read. */
  readonly failures: ReadonlyMap<string, FailureNote>;
  readonly plan: OrderPlan;
  /** Hosts about whose renewal the server is asked. */
  readonly toAsk: readonly string[];
}

export interface IssuedPem extends Issued {
  readonly pem: string;
}

export interface SituationParts {
  readonly store: SharedStore;
  readonly domains: readonly string[];
  readonly directory: string;
  readonly hasDnsHook: boolean;
  /** Milliseconds since 1970. */
  readonly now: () => number;
  /** What was read before, by host: to check a key takes its time. */
  readonly known: Map<string, { readonly pem: string; readonly issued: Issued | undefined }>;
}

/** What is known about a host that is wanted. */
export interface HostOrder extends Wish {
  /** `issued`: there is a certificate. `waiting`: for an order, of this program or another one. */
  readonly state: 'issued' | 'waiting' | 'failed' | 'refused';
  /** Why there is no new certificate. */
  readonly why?: string;
  /** When it is ordered, or ordered again; RFC 3339. */
  readonly next?: string;
}

export async function readSituation(
  wishes: readonly Wish[],
  { store, domains, directory, hasDnsHook, now, known }: SituationParts,
): Promise<Situation> {
  // One after the other: a store that gives no answer holds one thread of the process.
  const state = await readState(store, now());
  const there = new Set(await store.list(''));
  const issued = new Map<string, IssuedPem>();
  const failures = new Map(Object.entries(state.failures).filter(([, each]) => each.directory === directory));
  await mapBounded(wishes, FILES_AT_ONCE, async ({ host }) => {
    if (!there.has(certificateFile(host))) return;
    let pem: string | undefined;
    try {
      pem = await store.read(certificateFile(host));
    } catch (error) {
      if (!isOfDocument(error)) throw error;
      // Nothing is ordered in the place of what cannot be read.
      failures.set(host, { directory, count: 1, at: now(), detail: messageOf(error) });
      return;
    }
    if (pem !== undefined && known.get(host)?.pem !== pem) known.set(host, { pem, issued: readIssued(pem, host) });
    const found = pem === undefined ? undefined : known.get(host)?.issued;
    const note = state.notes[host];
    // One of another server, such as one for tests, does not count.
    if (pem === undefined || found === undefined || (note !== undefined && note.directory !== directory)) return;
    issued.set(host, { ...found, renewAt: note?.renewAt, pem });
  });
  const plan = planOrders({ wishes, domains, hasDnsHook, issued, failures, begun: state.begun, now: now() });
  const due = new Set(plan.due.map(({ host }) => host));
  const toAsk = [...issued.keys()].filter((host) => !due.has(host) && (state.notes[host]?.askAt ?? 0) <= now());
  return { state, issued, failures, plan, toAsk: toAsk.slice(0, ASKED_AT_ONCE) };
}

export function describe({ issued, failures, plan }: Situation, wishes: readonly Wish[]): readonly HostOrder[] {
  const refused = new Map(plan.refused.map(({ host, why }) => [host, why]));
  return wishes.map((wish): HostOrder => {
    const refusal = refused.get(wish.host);
    if (refusal !== undefined) return { ...wish, state: 'refused', why: REFUSALS[refusal] };
    const [failure, there] = [failures.get(wish.host), issued.get(wish.host)];
    if (failure !== undefined) {
      return { ...wish, state: 'failed', why: withType(failure.detail, failure.type), next: timeOf(retryOf(failure)) };
    }
    return there === undefined ? { ...wish, state: 'waiting' } : { ...wish, state: 'issued', next: timeOf(renewalOf(there)) };
  });
}

/** Returns a detail after the word that the server has for it. */
export function withType(detail: string, type: string | undefined): string {
  return type === undefined ? detail : `${type}: ${detail}`;
}

const FILES_AT_ONCE = 20;
const ASKED_AT_ONCE = 50;

function timeOf(ms: number): string {
  return new Date(ms).toISOString();
}
