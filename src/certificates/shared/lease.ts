import { endWithin } from '../../lib/async/end-within.ts';
import type { Lease } from './shared-store.ts';

export interface LeaseOptions {
  /** Milliseconds after which a lock that is not renewed counts no more; it is renewed three times as often. */
  readonly lease: number;
  /** A monotonic clock in milliseconds. */
  readonly clock: () => number;
}

export interface LeaseParts extends LeaseOptions {
  /** As messages show the lock. */
  readonly name: string;
  /** The clock before the lock was asked for. */
  readonly since: number;
  /** Aborts if the lock is lost for another reason than time. */
  readonly over?: AbortSignal;
  /** Writes something else than the last time. Returns whether this process still holds the lock; throws if that is not known. */
  readonly renew: () => Promise<boolean>;
  /** Is called unless it is lost. */
  readonly giveBack: () => Promise<void>;
}

/** Makes the lease of a lock that was taken just now, and renews it until it is lost or given back. */
export function createLease({ name, lease, clock, since, over, renew, giveBack }: LeaseParts): Lease {
  const lost = new AbortController();
  let last = since;
  let isAtWork: Promise<void> | undefined;
  let timeout: NodeJS.Timeout | undefined;
  const lose = (): void => {
    clearInterval(timer);
    clearTimeout(timeout);
    over?.removeEventListener('abort', lose);
    lost.abort(new Error(`the lock of ${name} is lost: it could not be renewed in time, or another load balancer has it`));
  };
  /** Another one may take the lock a lease after it was renewed last, so the work ends at that moment. */
  const planEnd = (): void => {
    clearTimeout(timeout);
    timeout = setTimeout(() => (clock() - last >= lease ? lose() : planEnd()), Math.max(0, last + lease - clock())).unref();
  };
  const renewOnce = async (): Promise<void> => {
    const begun = clock();
    try {
      const isOwn = await renew();
      if (lost.signal.aborted) return;
      if (!isOwn) return lose();
      last = begun;
      planEnd();
    } catch {
      // The store may be away for a moment: the lease says for how long that does not matter.
    }
  };
  const timer = setInterval(() => {
    isAtWork ??= renewOnce().finally(() => (isAtWork = undefined));
  }, lease / 3).unref();
  planEnd();
  over?.addEventListener('abort', lose, { once: true });
  if (over?.aborted === true) lose();
  const end = async (): Promise<void> => {
    await isAtWork;
    if (!lost.signal.aborted) await giveBack().catch(() => {});
  };

  return {
    lost: lost.signal,
    async [Symbol.asyncDispose]() {
      clearInterval(timer);
      await endWithin(end(), FAREWELL);
      lose();
    },
  };
}

/** Milliseconds: a store that is away does not keep the program from its end, and the lease runs out by itself. */
const FAREWELL = 2000;

/** Makes a function that returns whether it has been given the same text as long as the lease: its writer does not renew it any more. */
export function createStaleness({ lease, clock }: LeaseOptions): (text: string) => boolean {
  let seen: { readonly text: string; readonly since: number } | undefined;
  return (text) => {
    if (seen?.text !== text) seen = { text, since: clock() };
    return clock() - seen.since >= lease;
  };
}
