/** What the load balancers of a store know about orders beside the certificates: one file, written by the holder of the lock. */
import * as z from 'zod';
import { STATE_FILE } from '../../shared/documents.ts';
import { readIfUsable, type SharedStore } from '../../shared/shared-store.ts';
import { WINDOW } from './plan-orders.ts';

const failure = z.object({
  /** Of the server that refused it. */
  directory: z.string(),
  count: z.number(),
  at: z.number(),
  notBefore: z.number().optional(),
  /** As the server calls it. */
  type: z.string().optional(),
  detail: z.string(),
});

const note = z.object({
  /** Of the server that issued it. */
  directory: z.string(),
  /** When the server wants it to be renewed. */
  renewAt: z.number().optional(),
  /** When the server is asked about that again. */
  askAt: z.number(),
});

const schema = z.object({
  /** When the last orders began. */
  begun: z.array(z.number()),
  /** By host. */
  failures: z.record(z.string(), failure),
  /** About the certificates in the store, by host. */
  notes: z.record(z.string(), note),
});

export type OrderState = z.infer<typeof schema>;
export type FailureNote = z.infer<typeof failure>;

/** Returns an empty state if there is none, or none that can be read: then orders that failed are tried again earlier. */
export async function readState(store: SharedStore, now: number): Promise<OrderState> {
  const text = await readIfUsable(store, STATE_FILE);
  try {
    if (text !== undefined) return withoutFuture(schema.parse(JSON.parse(text)), now);
  } catch {
    // It is only a help.
  }
  return { begun: [], failures: {}, notes: {} };
}

/** Drops what was written by a clock that was wrong: it would forbid orders until that time comes. */
function withoutFuture({ begun, failures, notes }: OrderState, now: number): OrderState {
  const latest = now + CLOCK_DIFFERENCE;
  return {
    begun: begun.filter((at) => at <= latest),
    failures: pick(failures, ({ at }) => at <= latest),
    // A server is asked once a day at least.
    notes: Object.fromEntries(
      Object.entries(notes).map(([host, each]) => [host, each.askAt <= latest + DAY ? each : { ...each, askAt: now }]),
    ),
  };
}

/** Milliseconds that the clocks of load balancers may differ by. */
const CLOCK_DIFFERENCE = 60_000;
const DAY = 86_400_000;

/** Forgets what does not count any more. */
export async function writeState(store: SharedStore, { begun, failures, notes }: OrderState, now: number): Promise<void> {
  const kept: OrderState = {
    begun: begun.filter((at) => at > now - WINDOW),
    failures: pick(failures, ({ at }) => at > now - FORGOTTEN),
    notes: pick(notes, ({ askAt }) => askAt > now - FORGOTTEN),
  };
  await store.write(STATE_FILE, `${JSON.stringify(kept)}\n`);
}

const FORGOTTEN = 100 * DAY;

function pick<T>(values: Readonly<Record<string, T>>, isKept: (value: T) => boolean): Record<string, T> {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => isKept(value)));
}
