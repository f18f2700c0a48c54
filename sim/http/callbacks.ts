import type { SimEvent, Subscriber } from '../cluster/event-hub.ts';
import { scaled, type Cluster } from '../cluster/cluster.ts';

/** Longer than this is too slow: the subscriber is left alone for a while (`--http_event_callback_slow_consumer_timeout`). */
const SLOW_MS = 10_000;

/** HTTP callbacks of Marathon up to 1.4: each event is POSTed once; after a failure events are skipped for 2^n seconds. */
export interface Callbacks {
  readonly urls: ReadonlyMap<string, Subscriber>;
  subscribe(url: string): void;
  unsubscribe(url: string): void;
}

/** No subscriber yet. */
export function createCallbacks(cluster: Cluster): Callbacks {
  const urls = new Map<string, Subscriber>();
  return {
    urls,
    subscribe: (url) => {
      if (urls.has(url)) return;
      const subscriber = poster(cluster, url);
      urls.set(url, subscriber);
      cluster.hub.subscribers.add(subscriber);
    },
    unsubscribe: (url) => {
      const subscriber = urls.get(url);
      if (subscriber) cluster.hub.subscribers.delete(subscriber);
      urls.delete(url);
    },
  };
}

function poster(cluster: Cluster, url: string): Subscriber {
  let failures = 0;
  let restUntil = 0;
  let last: Promise<void> = Promise.resolve();
  const post = async (event: SimEvent): Promise<void> => {
    if (cluster.settings.clock.now() < restUntil || cluster.signal.aborted) return;
    const good = await delivered(url, event, cluster.signal);
    failures = good ? 0 : failures + 1;
    restUntil = good ? 0 : cluster.settings.clock.now() + scaled(cluster, 2 ** failures);
  };
  return {
    types: new Set(),
    send: (event) => {
      last = last.then(() => post(event));
    },
    close: () => {},
  };
}

async function delivered(url: string, event: SimEvent, signal: AbortSignal): Promise<boolean> {
  try {
    const response = await fetch(url, {
      method: 'POST',
      headers: { 'content-type': 'application/json', accept: 'application/json' },
      body: JSON.stringify(event),
      signal: AbortSignal.any([signal, AbortSignal.timeout(SLOW_MS)]),
    });
    await response.arrayBuffer();
    return response.ok;
  } catch {
    return false;
  }
}
