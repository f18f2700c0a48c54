import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import type { IncomingMessage } from 'node:http';
import type { Socket } from 'node:net';

/** What the simulated Marathon of this process writes to those who read apps and events from it. */
export interface Traffic extends Disposable {
  /** Bytes so far, headers included. */
  bytes(): number;
}

/** Counts from now on. Whoever asks this process for `/v2/apps` or `/v2/events` by GET counts as a reader: the program does. */
export function watchTraffic(): Traffic {
  const open = new Set<Socket>();
  let closed = 0;
  const note = (message: unknown): void => {
    const { request, socket } = message as { request: IncomingMessage; socket: Socket };
    if (open.has(socket) || request.method !== 'GET' || !/^\/v2\/(apps|events)/.test(request.url ?? '')) return;
    open.add(socket);
    socket.once('close', () => {
      open.delete(socket);
      closed += socket.bytesWritten;
    });
  };
  subscribe('http.server.request.start', note);
  return {
    bytes: () => [...open].reduce((sum, { bytesWritten }) => sum + bytesWritten, closed),
    [Symbol.dispose]: () => void unsubscribe('http.server.request.start', note),
  };
}
