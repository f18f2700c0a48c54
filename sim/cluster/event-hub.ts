/** An event as it goes out; `eventType` is in the JSON as well as in the `event:` line. */
export interface SimEvent {
  readonly eventType: string;
  readonly timestamp: string;
  readonly [field: string]: unknown;
}

/** Receives events: a stream or a callback. */
export interface Subscriber {
  /** Event types; empty = all. */
  readonly types: ReadonlySet<string>;
  send(event: SimEvent): void;
  /** The leader is gone, or the simulator ends. */
  close(): void;
}

/** Passes events on to the subscribers and remembers the last ones for tests. */
export interface EventHub {
  readonly subscribers: Set<Subscriber>;
  /** The last 20,000, oldest first. */
  readonly log: SimEvent[];
  publish(event: SimEvent): void;
}

const REMEMBERED = 20_000;

/** A hub without subscribers. */
export function createEventHub(): EventHub {
  const subscribers = new Set<Subscriber>();
  const log: SimEvent[] = [];
  return {
    subscribers,
    log,
    publish: (event) => {
      log.push(event);
      if (log.length > 2 * REMEMBERED) log.splice(0, log.length - REMEMBERED);
      for (const subscriber of subscribers) {
        if (subscriber.types.size === 0 || subscriber.types.has(event.eventType)) subscriber.send(event);
      }
    },
  };
}
