/** Orders certificates for hosts, as long as the program runs. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { AcmeAnswer } from '../../config/settings.ts';
import { createBackoff } from '../../lib/async/backoff.ts';
import { endWithin } from '../../lib/async/end-within.ts';
import { isSame } from '../../lib/deep-equal.ts';
import { messageOf } from '../../lib/errors.ts';
import type { Secret } from '../../lib/secret.ts';
import type { Logger } from '../../log/logger.ts';
import { type Account, accountOf } from './account.ts';
import type { AcmeClient } from './client.ts';
import { AcmeError } from './error.ts';
import type { IssueTools } from './issue.ts';
import { orderDue, type OrderOutcome } from './orders/order-due.ts';
import type { Wish } from './orders/plan-orders.ts';
import { createStaleness } from '../shared/lease.ts';
import type { SharedStore } from '../shared/shared-store.ts';
import { describe, type HostOrder, readSituation, withType } from './orders/situation.ts';

export interface AcmeParts extends Pick<IssueTools, 'hook' | 'keyType'> {
  readonly store: SharedStore;
  /** `--acme-domains`. */
  readonly domains: readonly string[];
  readonly directory: string;
  /** Makes a client for the account with a key, of use until the signal aborts. */
  readonly connect: (key: Secret, signal: AbortSignal) => Promise<AcmeClient>;
  /** The account's thumbprint as it was known before a restart: HAProxy gives the same answer then if the store cannot be read. */
  readonly thumbprint: string | undefined;
  /** Keeps the account's thumbprint over restarts. */
  readonly keepThumbprint: (thumbprint: string) => void;
  readonly log: Logger;
  /** Milliseconds since 1970. */
  readonly now: () => number;
}

export interface Acme {
  /** Reads the account, or makes one, for some seconds. If the store cannot be read, that is logged, and tried again by `run`. */
  prepare(): Promise<void>;
  /** Returns what HAProxy is to answer for orders; undefined: it is not known yet. */
  answer(): AcmeAnswer | undefined;
  /** Takes the hosts that are wanted from now on; `answered`: what HAProxy answers for orders now. */
  want(wishes: readonly Wish[], answered: AcmeAnswer | undefined): void;
  /** Orders until the signal aborts; calls `changed` if there is another answer, or something else to know about the hosts. */
  run(signal: AbortSignal, changed: () => void): Promise<void>;
  hosts(): readonly HostOrder[];
  /** Why nothing can be ordered at the moment; undefined: it can. */
  fault(): string | undefined;
  /** How many orders came to each end. */
  counts(): Readonly<Record<OrderOutcome, number>>;
}

export function createAcme(parts: AcmeParts): Acme {
  const { store, domains, directory, log, now } = parts;
  const counts = { issued: 0, failed: 0, postponed: 0 };
  const backoff = createBackoff(300, { now: () => performance.now(), random: Math.random });
  const situation = { ...parts, hasDnsHook: parts.hook !== undefined, known: new Map() };
  let account: Account | undefined;
  let answer: AcmeAnswer | undefined = parts.thumbprint === undefined ? undefined : { thumbprint: parts.thumbprint, domains };
  let answered: AcmeAnswer | undefined;
  let wishes: readonly Wish[] = [];
  let hosts: readonly HostOrder[] = [];
  let fault: string | undefined;
  let wake = new AbortController();
  /** By a monotonic clock: the server is left alone until then. */
  let pausedUntil = 0;
  const isLong = createStaleness({ lease: LONG_LOCKED, clock: () => performance.now() });

  const say = (text: string | undefined): void => {
    if (text !== undefined && text !== fault) log.error(text);
    if (text === undefined && fault !== undefined) log.info(`certificates can be ordered again from ${directory}`);
    fault = text;
  };

  /** The key is read again for each connection: the store may have got another one. */
  const readAccount = async (): Promise<Account> => {
    account = await accountOf(store);
    const { thumbprint } = account;
    if (answer?.thumbprint !== thumbprint) answer = { thumbprint, domains };
    parts.keepThumbprint(thumbprint);
    return account;
  };

  /** HAProxy has to answer for this account before anything is ordered. */
  const isAnswered = (): boolean => account !== undefined && answered?.thumbprint === account.thumbprint;

  /** Returns the milliseconds until the next look. */
  const look = async (signal: AbortSignal): Promise<number> => {
    if (account === undefined) await readAccount();
    if (wishes.length === 0 || !isAnswered()) return LOOK_EVERY;
    const seen = await readSituation(wishes, situation);
    hosts = describe(seen, wishes);
    if (seen.plan.due.length + seen.toAsk.length === 0) {
      say(undefined);
      isLong('free');
      return Math.max(0, Math.min(LOOK_EVERY, (seen.plan.next ?? Infinity) - now()));
    }
    const paused = pausedUntil - performance.now();
    if (paused > 0) return paused;
    // Several load balancers want the same hosts, or each has its own: the lock is taken for what is due, and then given back.
    await using lease = await store.lock();
    const isStuck = isLong(lease === undefined ? 'locked' : 'free');
    if (lease === undefined) {
      if (isStuck) say(lockFault(store.name));
      return LOCKED;
    }
    const wanted = wishes;
    // Another one may have ordered meanwhile.
    const fresh = await readSituation(wanted, situation);
    try {
      if (fresh.plan.due.length + fresh.toAsk.length > 0) {
        const both = AbortSignal.any([signal, lease.lost]);
        // It ends with this lease.
        const client = await parts.connect((await readAccount()).key, both);
        if (!isAnswered()) return 0;
        const count = (outcome: OrderOutcome): void => void (counts[outcome] += 1);
        await orderDue(fresh, { ...parts, client, signal: both, count });
      }
      say(undefined);
      backoff.healthy();
      return 0;
    } catch (error) {
      if (!(error instanceof AcmeError)) throw error;
      const wait = Math.max(Math.round(backoff.next()), 1000, Math.min(error.retryAfter ?? 0, HOUR));
      pausedUntil = performance.now() + wait;
      const why = withType(error.message, error.type);
      say(
        `no certificate can be ordered from ${directory}: ${why}; those that are served stay, and it is tried again every few minutes (--acme-directory)`,
      );
      return wait;
    } finally {
      if (!signal.aborted) hosts = describe(await readSituation(wanted, situation).catch(() => fresh), wanted);
    }
  };

  return {
    async prepare() {
      const reading = readAccount().catch((error: unknown) => say(storeFault(error)));
      await endWithin(reading, PREPARE);
    },
    answer: () => answer,
    want(next, now) {
      if (isSame(wishes, next) && isSame(answered, now)) return;
      wishes = next;
      answered = now;
      wake.abort();
    },
    async run(signal, changed) {
      let before = { answer, hosts };
      while (!signal.aborted) {
        wake = new AbortController();
        const looking = look(signal).catch((error: unknown) => {
          if (signal.aborted) return 0;
          say(storeFault(error));
          return STORE_AWAY;
        });
        // The lock is given back, unless the store gives no answer.
        const pause = await endWithin(looking, FAREWELL, signal);
        if (signal.aborted || pause === undefined) return;
        if (answer !== before.answer || !isSame(hosts, before.hosts)) changed();
        before = { answer, hosts };
        await sleep(Math.max(pause, SHORTEST), undefined, { signal: AbortSignal.any([signal, wake.signal]), ref: false }).catch(
          () => {},
        );
      }
    },
    hosts: () => hosts,
    fault: () => fault,
    counts: () => counts,
  };
}

function storeFault(error: unknown): string {
  return `no certificate can be ordered: ${messageOf(error)}; those that are served stay, and it is tried again every few seconds (--cert-store)`;
}

function lockFault(name: string): string {
  return `no certificate can be ordered: another load balancer has had the lock of ${name} for ${LONG_LOCKED / 60_000} minutes; it is tried again every few seconds (--cert-store)`;
}

const HOUR = 3_600_000;
/** Milliseconds between two looks at what is due. */
const LOOK_EVERY = 60_000;
/** Milliseconds until the next try if another program has the lock. */
const LOCKED = 2000;
/** Milliseconds: the orders of another one take less time, as a rule. */
const LONG_LOCKED = 900_000;
/** Milliseconds that a start waits for the account; it is read on then. */
const PREPARE = 5000;
/** Milliseconds that the end of the program waits for the store. */
const FAREWELL = 3000;
const STORE_AWAY = 10_000;
const SHORTEST = 100;
