import type { IncomingMessage, ServerResponse } from 'node:http';
import { emit } from '../cluster/events.ts';
import type { SimEvent, Subscriber } from '../cluster/event-hub.ts';
import type { Faults } from './faults.ts';
import type { Cluster } from '../cluster/cluster.ts';

/** Events that may wait for a slow reader (`--event_stream_max_outstanding_messages`). */
const OUTSTANDING = { '1.4': 50, '1.11': 1024 } as const;

/** An event as it is on the wire: CR LF, no id, no retry. */
export function frame(event: SimEvent): Buffer {
  return Buffer.from(`event: ${event.eventType}\r\ndata: ${JSON.stringify(event)}\r\n\r\n`);
}

/**
 * Serves GET /v2/events: not chunked, `Connection: close`, heartbeats CR and LF in two writes. `Accept` must be exactly
 * `text/event-stream`, else 405. A reader that is too slow is disconnected (1.4: loses events).
 */
export function serveEventStream(
  cluster: Cluster,
  faults: Faults,
  request: IncomingMessage,
  response: ServerResponse,
  query: URLSearchParams,
): void {
  const { remoteAddress = '' } = request.socket;
  response.useChunkedEncodingByDefault = false;
  response.writeHead(200, {
    'content-type': 'text/event-stream;charset=utf-8',
    'cache-control': 'no-cache',
    connection: 'close',
  });
  response.flushHeaders();
  request.socket.setNoDelay(true);

  const queue: Buffer[] = [];
  let writing = false;
  let count = 0;
  const pump = (): void => {
    const chunk = queue.shift();
    if (!chunk || response.destroyed) {
      writing = false;
      return;
    }
    writing = true;
    response.write(chunk, () => setImmediate(pump));
  };
  const push = (...chunks: Buffer[]): void => {
    if (faults.stream.silent) return;
    const { split } = faults.stream;
    queue.push(...(split === undefined ? chunks : chunks.flatMap((chunk) => pieces(chunk, split))));
    if (!writing) pump();
  };

  const subscriber: Subscriber = {
    types: new Set(query.getAll('event_type')),
    send: (event) => {
      const { dropEvery, duplicate } = faults.stream;
      count += 1;
      if (dropEvery !== undefined && count % dropEvery === 0) return;
      if (queue.length > OUTSTANDING[cluster.settings.profile] && faults.stream.split === undefined) {
        if (cluster.settings.profile === '1.11') response.destroy();
        return;
      }
      const bytes = frame(event);
      push(bytes, ...(duplicate ? [bytes] : []));
    },
    close: () => response.destroy(),
  };
  const heartbeat = setInterval(() => {
    if (!faults.stream.noHeartbeats) push(Buffer.from('\r'), Buffer.from('\n'));
  }, cluster.settings.delays.heartbeat);
  response.on('close', () => {
    clearInterval(heartbeat);
    cluster.hub.subscribers.delete(subscriber);
    if (!cluster.signal.aborted) emit(cluster, 'event_stream_detached', { remoteAddress });
  });
  response.on('error', () => response.destroy());
  cluster.hub.subscribers.add(subscriber);
  emit(cluster, 'event_stream_attached', { remoteAddress });
}

function pieces(chunk: Buffer, size: number): Buffer[] {
  const count = Math.ceil(chunk.length / size);
  return Array.from({ length: count }, (_, index) => chunk.subarray(index * size, (index + 1) * size));
}
