import { once } from 'node:events';
import type { ServerResponse } from 'node:http';
import { createServer } from 'node:net';
import type { AddressInfo, Socket } from 'node:net';
import { afterEach, describe, expect, test } from 'vitest';
import { json, serve, until } from '../../../../test/support/marathon/marathon-http.ts';
import type { Handler, TestServer } from '../../../../test/support/marathon/marathon-http.ts';
import { Secret } from '../../../lib/secret.ts';
import type { Auth } from '../../../config/settings.ts';
import { silent } from '../../../log/logger.ts';
import type { Logger } from '../../../log/logger.ts';
import { createClient } from '../http/client.ts';
import type { SourceEvent } from '../../source.ts';
import { events } from './sse.ts';
import type { EventsOptions } from './sse.ts';

const cleanups: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).toReversed()) await cleanup();
});

/** Follows the events until the test is over; `seen` grows by itself. */
function follow(
  servers: readonly { url: string }[],
  options: Partial<EventsOptions> & { auth?: Auth } = {},
): { seen: SourceEvent[]; stop: () => Promise<void> } {
  const { auth = { kind: 'none' as const }, ...rest } = options;
  const settings = { urls: servers.map(({ url }) => url), auth, insecure: false, maxBackoff: 1, lruCacheCapacity: 1 };
  const client = createClient(settings, { log: silent, version: '0', answerTimeout: 2000 });
  const controller = new AbortController();
  const seen: SourceEvent[] = [];
  const done = (async () => {
    for await (const event of events(client, settings, { signal: controller.signal, log: silent, random: () => 0.01, ...rest }))
      seen.push(event);
  })();
  const stop = async (): Promise<void> => {
    controller.abort();
    await done;
    await client[Symbol.asyncDispose]();
  };
  cleanups.push(stop);
  return { seen, stop };
}

/** A stream that stays open; `send` writes to the newest. */
function stream(): { handle: Handler; open: ServerResponse[]; send: (text: string) => void } {
  const open: ServerResponse[] = [];
  return {
    open,
    handle: (_request, response) => {
      response.writeHead(200, { 'content-type': 'text/event-stream;charset=utf-8' }).flushHeaders();
      open.push(response);
    },
    send: (text) => void open.at(-1)?.write(text),
  };
}

async function serveOne(handle: Handler): Promise<TestServer> {
  const server = await serve(handle);
  cleanups.push(async () => await server[Symbol.asyncDispose]());
  return server;
}

const status = (appId: string, taskStatus = 'TASK_RUNNING'): string => {
  return `event: status_update_event\r\ndata: ${JSON.stringify({ eventType: 'status_update_event', appId, taskId: 't', taskStatus })}\r\n\r\n`;
};
const kinds = (seen: readonly SourceEvent[]): string[] =>
  seen.map((event) => (event.kind === 'changed' ? `changed ${event.workload}` : event.kind));

describe('events', () => {
  test('asks as Marathon wants it, says that it is open and what changed', async () => {
    const source = stream();
    const server = await serveOne(source.handle);
    const { seen } = follow([server]);
    await until(() => source.open.length === 1);
    source.send('\r');
    source.send(`\n${status('/a')}data: {"eventType":"unknown_event"}\r\n\r\n`);
    await until(() => seen.length === 2);
    expect(seen[0]).toEqual({ kind: 'opened', url: `${server.url}/v2/events` });
    expect(seen[1]).toMatchObject({ kind: 'changed', workload: '/a', cause: 'status_update_event', taskStatus: 'TASK_RUNNING' });
    const { headers, url } = server.requests[0]!;
    expect(headers).toMatchObject({ accept: 'text/event-stream', 'cache-control': 'no-cache' });
    expect(headers['accept-encoding']).toBeUndefined();
    expect(url).toContain('event_type=health_status_changed_event');
    expect(url).toContain('plan-format=light');
  });

  test('opens a stream again that ended, and one that was cut', async () => {
    const source = stream();
    const server = await serveOne(source.handle);
    const { seen } = follow([server]);
    await until(() => source.open.length === 1);
    source.open[0]?.end();
    await until(() => source.open.length === 2);
    server.cut();
    await until(() => source.open.length === 3);
    source.send(status('/a'));
    await until(() => kinds(seen).includes('changed /a'));
    expect(kinds(seen)).toEqual(['opened', 'lost', 'opened', 'lost', 'opened', 'changed /a']);
    expect(seen[1]).toMatchObject({ error: { code: 'stream-ended' }, retryInMs: 10 });
    expect(seen[3]).toMatchObject({ error: { code: 'connection' } });
  });

  test('a silent stream is opened again at once; a heartbeat is a sign of life', async () => {
    const source = stream();
    const server = await serveOne(source.handle);
    const { seen } = follow([server], { idleTimeout: 200, random: () => 1 });
    await until(() => source.open.length === 1);
    const start = performance.now();
    const heart = setInterval(() => source.send('\r\n'), 20);
    await until(() => performance.now() - start > 400);
    clearInterval(heart);
    expect(kinds(seen)).toEqual(['opened']);
    await until(() => source.open.length === 2);
    expect(seen[1]).toMatchObject({ kind: 'lost', error: { code: 'stream-silent' }, retryInMs: 0 });
  });

  test('follows a standby to the leader, with the credentials', async () => {
    const source = stream();
    const leader = await serveOne(source.handle);
    const standby = await serveOne((request, response) => {
      response.writeHead(302, { location: `${leader.url}${request.url ?? ''}` }).end();
    });
    const { seen } = follow([standby], { auth: { kind: 'basic', user: 'joe', password: new Secret('pw') } });
    await until(() => seen.length === 1);
    expect(leader.requests[0]?.headers.authorization).toMatch(/^Basic /);
    expect(seen[0]).toEqual({ kind: 'opened', url: `${leader.url}/v2/events` });
  });

  test('tries each endpoint, and says why none will do', async () => {
    const source = stream();
    const first = await serveOne((_request, response) => void response.writeHead(405).end());
    const second = await serveOne(json({ not: 'a stream' }));
    const { seen } = follow([first, second]);
    await until(() => seen.length === 1);
    const message = seen[0]?.kind === 'lost' ? seen[0].error.message : '';
    expect(message).toContain('405');
    expect(message).toContain('text/event-stream');
    second.handle = source.handle;
    await until(() => kinds(seen).includes('opened'));
  });

  test('warns once of events that are no JSON, without their text, and goes on', async () => {
    const warnings: string[] = [];
    const log: Logger = { ...silent, warn: (message) => void warnings.push(message) };
    const source = stream();
    const server = await serveOne(source.handle);
    const { seen } = follow([server], { log });
    await until(() => source.open.length === 1);
    source.send(`data: hunter2\r\n\r\ndata: hunter3\r\n\r\n${status('/a')}`);
    await until(() => kinds(seen).includes('changed /a'));
    expect(warnings).toHaveLength(1);
    expect(warnings[0]).not.toContain('hunter');
  });

  test('reads on while the consumer is busy', async () => {
    const source = stream();
    const server = await serveOne(source.handle);
    const settings = { urls: [server.url], auth: { kind: 'none' as const }, insecure: false, maxBackoff: 1, lruCacheCapacity: 1 };
    await using client = createClient(settings, { log: silent, version: '0' });
    const stop = new AbortController();
    const iterator = events(client, settings, { signal: stop.signal, log: silent });
    expect(await iterator.next()).toMatchObject({ value: { kind: 'opened' } });
    // More than all buffers on the way hold: without a reader the last write would not go through.
    const flood = status('/a').repeat(100_000);
    await new Promise<void>((resolve, reject) => source.open[0]?.write(flood, (error) => (error ? reject(error) : resolve())));
    source.send(status('/b'));
    expect(await iterator.next()).toMatchObject({ value: { workload: '/a' } });
    let last: unknown;
    while (last !== '/b') {
      const { value } = await iterator.next();
      last = value !== undefined && value.kind === 'changed' ? value.workload : undefined;
    }
    stop.abort();
    expect(await iterator.next()).toEqual({ done: true, value: undefined });
  });

  test('reads what Jetty writes: no length, no chunks, CR and LF apart, and the end of the connection ends it', async () => {
    const sockets: Socket[] = [];
    const server = createServer((socket) => {
      socket.once('data', () => {
        socket
          .setNoDelay()
          .write('HTTP/1.1 200 OK\r\nContent-Type: text/event-stream;charset=utf-8\r\nConnection: close\r\n\r\n');
        sockets.push(socket);
      });
      socket.on('error', () => {});
    }).listen(0, '127.0.0.1');
    await once(server, 'listening');
    cleanups.push(async () => {
      for (const socket of sockets) socket.destroy();
      server.close();
      await once(server, 'close');
    });
    const { seen } = follow([{ url: `http://127.0.0.1:${(server.address() as AddressInfo).port}` }]);
    await until(() => seen.length === 1);
    for (const character of `\r\n${status('/ä')}`) {
      sockets[0]?.write(character);
      await new Promise(setImmediate);
    }
    await until(() => seen.length === 2);
    expect(seen[1]).toMatchObject({ kind: 'changed', workload: '/ä' });
    sockets[0]?.end();
    await until(() => sockets.length === 2);
    expect(seen[2]).toMatchObject({ kind: 'lost', error: { code: 'stream-ended' } });
  });

  test('ends with the signal, also while nobody can be reached', async () => {
    const server = await serve(json({}));
    await server[Symbol.asyncDispose]();
    const { seen, stop } = follow([server], { random: () => 1 });
    await until(() => seen.length === 1);
    expect(seen[0]).toMatchObject({ kind: 'lost', error: { code: 'unreachable' }, retryInMs: 1000 });
    await stop();
    expect(seen).toHaveLength(1);
  });
});
