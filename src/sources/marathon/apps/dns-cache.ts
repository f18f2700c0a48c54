import { lookup as systemLookup } from 'node:dns/promises';
import { once } from 'node:events';
import { isIP } from 'node:net';
import type { Logger } from '../../../log/logger.ts';
import { mapBounded } from '../../../lib/async/bounded.ts';
import { deadline } from '../../../lib/async/deadline.ts';
import { createRecent } from '../../../lib/lru.ts';
import { systemCode } from '../../../lib/errors.ts';

/** IPv4 address of a host name; rejects if there is none. */
export type Lookup = (host: string) => Promise<string>;

/** Knows the addresses of agents. */
export interface Addresses {
  /**
   * Addresses of these hosts, without those that could not be resolved; literal addresses have no entry. With `refresh`, which
   * a read of everything sets, entries that have expired are looked up again; an address whose name does not resolve any more stays as it was.
   */
  of(hosts: ReadonlySet<string>, how: { refresh: boolean; signal: AbortSignal }): Promise<ReadonlyMap<string, string>>;
}

export interface AddressesOptions {
  /** Hosts that are remembered, at least. */
  readonly capacity: number;
  readonly log: Logger;
  readonly lookup?: Lookup;
  /** Monotonic clock, milliseconds. */
  readonly now?: () => number;
  /** Milliseconds for all lookups of one read: a dead resolver must not stop the load balancer. */
  readonly patience?: number;
}

export function createAddresses(options: AddressesOptions): Addresses {
  const { capacity, log, lookup = ipv4, now = () => performance.now(), patience = 10_000 } = options;
  const known = createRecent<string, { ip: string; until: number }>(capacity);

  const learn = async (host: string): Promise<void> => {
    try {
      known.set(host, { ip: await lookup(host), until: now() + EXPIRY });
    } catch (error) {
      const code = systemCode(error) ?? String(error);
      log.warn(`the address of host ${host} cannot be looked up (${code})`, { host });
    }
  };

  return {
    of: async (hosts, { refresh, signal }) => {
      const names = [...hosts].filter((host) => isIP(host) === 0);
      const missing = names.filter((host) => {
        const entry = known.get(host);
        return entry === undefined || (refresh && entry.until <= now());
      });
      if (missing.length > 0) {
        const until = now() + patience;
        const looked = mapBounded(missing, PARALLEL, async (host) => {
          if (!signal.aborted && now() < until) await learn(host);
        });
        await within(looked, patience, signal);
      }
      const found = new Map<string, string>();
      for (const host of names) {
        const entry = known.get(host);
        if (entry === undefined) continue;
        known.set(host, entry);
        found.set(host, entry.ip);
      }
      if (refresh) known.trim(names.length);
      return found;
    },
  };
}

const PARALLEL = 16;
/** Milliseconds. */
const EXPIRY = 300_000;

async function ipv4(host: string): Promise<string> {
  return (await systemLookup(host, { family: 4 })).address;
}

/** Waits for `work`, but not longer than `ms`; throws the signal's reason. What comes later is still learnt. */
async function within(work: Promise<unknown>, ms: number, signal: AbortSignal): Promise<void> {
  using limit = deadline(signal, ms, () => new Error('out of patience'));
  await Promise.race([work, once(limit.signal, 'abort')]);
  signal.throwIfAborted();
}
