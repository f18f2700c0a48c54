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
  /** Writes something else than the last time. Returns whether the lock is still had; throws if that is not known. */
  readonly renew: () => Promise<boolean>;
  /** Is called unless it is lost. */
  readonly giveBack: () => Promise<void>;
}

/** Makes the lease of a lock that was taken just now, and renews it until it is lost or given back. */
export function createLease({ name, lease, clock, renew, giveBack }: LeaseParts): Lease {
  const lost = new AbortController();
  let last = clock();
  let isAtWork: Promise<void> | undefined;
  const lose = (): void =>
    lost.abort(new Error(`the lock of ${name} is lost: it could not be renewed in time, or another load balancer has it`));
  const renewOnce = async (): Promise<void> => {
    const begun = clock();
    try {
      if (await renew()) last = begun;
      else lose();
    } catch {
      // The store may be away for a moment: the lease says for how long that does not matter.
    }
  };
  const timer = setInterval(() => {
    if (clock() - last >= lease) lose();
    if (lost.signal.aborted) clearInterval(timer);
    else isAtWork ??= renewOnce().finally(() => (isAtWork = undefined));
  }, lease / 3).unref();
  return {
    lost: lost.signal,
    async [Symbol.asyncDispose]() {
      clearInterval(timer);
      await isAtWork;
      if (!lost.signal.aborted) await giveBack().catch(() => {});
      lose();
    },
  };
}

/** Makes a function that returns whether it has been given the same text as long as the lease: its writer does not renew it any more. */
export function createStaleness({ lease, clock }: LeaseOptions): (text: string) => boolean {
  let seen: { readonly text: string; readonly since: number } | undefined;
  return (text) => {
    if (seen?.text !== text) seen = { text, since: clock() };
    return clock() - seen.since >= lease;
  };
}
