import type { SourceEvent } from '../../source.ts';

/** Between the socket, which must never wait, and the consumer, who may. */
export interface EventQueue extends AsyncIterable<SourceEvent, void> {
  /** Equal hints that were not fetched yet become one, with the time of the first. */
  push(event: SourceEvent): void;
  /** What is in the queue still comes out; then the iteration ends, or throws `error`. */
  end(error?: Error): void;
}

/** Of more than `limit` hints that wait nothing remains but that something changed. */
export function createQueue(limit = 20_000): EventQueue {
  let waiting = new Map<string, SourceEvent>();
  let ended: { error: Error | undefined } | undefined;
  let wake: (() => void) | undefined;
  let serial = 0;

  return {
    push: (event) => {
      if (event.kind !== 'changed') {
        waiting.set(`${event.kind} ${serial++}`, event);
      } else if (waiting.size >= limit) {
        const others = [...waiting].filter(([, { kind }]) => kind !== 'changed');
        waiting = new Map<string, SourceEvent>(others).set('everything', {
          kind: 'changed',
          workload: undefined,
          cause: event.cause,
          at: event.at,
        });
      } else {
        const key = JSON.stringify([event.workload, event.cause, event.taskId, event.taskStatus]);
        if (!waiting.has(key)) waiting.set(key, event);
      }
      wake?.();
    },
    end: (error) => {
      ended ??= { error };
      wake?.();
    },
    [Symbol.asyncIterator]: async function* () {
      for (;;) {
        const batch = waiting;
        // Taken one by one, so that what comes meanwhile still meets its equal.
        for (const [key, event] of batch) {
          batch.delete(key);
          yield event;
          if (batch !== waiting) break;
        }
        if (waiting.size > 0) continue;
        if (ended?.error !== undefined) throw ended.error;
        if (ended !== undefined) return;
        await new Promise<void>((resolve) => (wake = resolve));
      }
    },
  };
}
