/** Orders what is due, and asks when the others are to be renewed: by the holder of the lock. */
import { mapBounded } from '../../../lib/async/bounded.ts';
import type { Logger } from '../../../log/logger.ts';
import { AcmeError } from '../error.ts';
import { issue, type IssueTools } from '../issue.ts';
import type { Wish } from './plan-orders.ts';
import { certificateId, momentIn } from '../renewal-info.ts';
import { isOfDocument } from '../../shared/shared-store.ts';
import type { IssuedPem, Situation } from './situation.ts';
import { type FailureNote, type OrderState, writeState } from './state.ts';

/** How an order came to its end; `postponed`: it goes on later. */
export type OrderOutcome = 'issued' | 'failed' | 'postponed';

export interface OrderTools extends IssueTools {
  readonly log: Logger;
  /** Milliseconds since 1970. */
  readonly now: () => number;
  readonly count: (outcome: OrderOutcome) => void;
}

/** Throws an `AcmeError` if the server cannot be used, the error of the store, or the signal's reason. */
export async function orderDue({ state, issued, plan, toAsk }: Situation, tools: OrderTools): Promise<void> {
  const { store, signal, now, log, directory } = tools;
  let broken: unknown;
  await mapBounded(plan.due, ORDERS_AT_ONCE, async (wish) => {
    if (broken !== undefined || signal.aborted) return;
    state.begun.push(now());
    try {
      await orderOne(wish, issued.get(wish.host), state, tools);
    } catch (error) {
      broken ??= error;
      tools.count('postponed');
    }
    if (!signal.aborted) await writeState(store, state, now());
  });
  signal.throwIfAborted();
  // Of several that end at once, an earlier one may have been written last.
  if (plan.due.length > 0) await writeState(store, state, now());
  if (broken !== undefined) throw broken;
  if (plan.isLimited) {
    log.warn(`more certificates are wanted than ${directory} takes orders for in three hours; the others follow later`);
  }
  for (const host of toAsk) await askAbout(host, issued.get(host), state, tools);
  signal.throwIfAborted();
  if (toAsk.length > 0) await writeState(store, state, now());
}

const ORDERS_AT_ONCE = 5;

/** Throws if the order can go on later; what the server refuses is noted. */
async function orderOne({ host, app }: Wish, old: IssuedPem | undefined, state: OrderState, tools: OrderTools): Promise<void> {
  const { directory, log, now, count, store } = tools;
  log.info(`ordering a certificate for ${host} (app ${app}) from ${directory}`);
  try {
    await issue(host, old === undefined ? undefined : certificateId(old.pem), tools);
  } catch (error) {
    tools.signal.throwIfAborted();
    if (!isOfHost(error)) throw error;
    state.failures[host] = failureOf(error, state.failures[host], directory, now());
    count('failed');
    return;
  }
  delete state.failures[host];
  state.notes[host] = { directory, askAt: now() };
  count('issued');
  log.info(`got a certificate for ${host} (app ${app}); it is in ${store.name}`);
}

/** A file that cannot be written costs its host only. What the server issued for it is not lost: the order is still in the store. */
function isOfHost(error: unknown): error is Error {
  return error instanceof AcmeError ? error.kind === 'order' : isOfDocument(error);
}

function failureOf(error: Error, before: FailureNote | undefined, directory: string, at: number): FailureNote {
  const { type, retryAfter } = error instanceof AcmeError ? error : {};
  const count = (before?.directory === directory ? before.count : 0) + 1;
  return {
    directory,
    count,
    at,
    detail: error.message,
    ...(type !== undefined && { type }),
    ...(retryAfter !== undefined && { notBefore: at + retryAfter }),
  };
}

async function askAbout(
  host: string,
  certificate: IssuedPem | undefined,
  state: OrderState,
  { client, directory, now }: OrderTools,
): Promise<void> {
  const id = certificate && certificateId(certificate.pem);
  const window = id === undefined ? undefined : await client.renewalWindow(id).catch(ifUnknown);
  const renewAt = window === undefined || id === undefined ? undefined : momentIn(window, id);
  state.notes[host] = { directory, askAt: now() + (window?.askAgainIn ?? DAY), ...(renewAt !== undefined && { renewAt }) };
}

const DAY = 86_400_000;

/** What the server does not know is asked again later. */
function ifUnknown(error: unknown): undefined {
  if (error instanceof AcmeError && error.kind === 'order') return undefined;
  throw error;
}
