import { describe, expect, test } from 'vitest';
import { json, serve, until } from '../../../../test/support/marathon/marathon-http.ts';
import type { Handler } from '../../../../test/support/marathon/marathon-http.ts';
import { silent } from '../../../log/logger.ts';
import { callbacks } from './callbacks.ts';
import { createClient } from '../http/client.ts';
import type { MarathonClient } from '../http/client.ts';
import type { SourceEvent } from '../../source.ts';

const CALLBACK = 'http://lb.example.com:9090/events?x=1';
const settings = { auth: { kind: 'none' as const }, insecure: false, maxBackoff: 1, lruCacheCapacity: 1 };
const clientOf = (url: string): MarathonClient => createClient({ ...settings, urls: [url] }, { log: silent, version: '0' });

/** The part of Marathon 1.4 that knows subscribers. */
function subscriptions(): { handle: Handler; urls: Set<string> } {
  const urls = new Set<string>();
  return {
    urls,
    handle: (request, response) => {
      const { pathname, searchParams } = new URL(request.url ?? '', 'http://m');
      const callbackUrl = searchParams.get('callbackUrl') ?? '';
      if (pathname !== '/v2/eventSubscriptions') json({ message: 'URI not found' }, 404)(request, response);
      else if (request.method === 'GET') json({ callbackUrls: [...urls] })(request, response);
      else {
        if (request.method === 'POST') urls.add(callbackUrl);
        else urls.delete(callbackUrl);
        json({ callbackUrl })(request, response);
      }
    },
  };
}

describe('callbacks', () => {
  test('subscribes, hears, subscribes again when forgotten, and takes leave', async () => {
    const { handle, urls } = subscriptions();
    await using marathon = await serve(handle);
    await using client = clientOf(marathon.url);
    const stop = new AbortController();
    const seen: SourceEvent[] = [];
    let port = 0;
    const done = (async () => {
      const options = {
        signal: stop.signal,
        log: silent,
        listen: 'http://127.0.0.1:0',
        callbackUrl: CALLBACK,
        checkInterval: 20,
      };
      for await (const event of callbacks(client, settings, { ...options, listening: (number) => (port = number) }))
        seen.push(event);
    })();
    await until(() => seen.length === 1);
    expect([...urls]).toEqual([CALLBACK]);
    const event = { eventType: 'status_update_event', appId: '/a', taskId: 't', taskStatus: 'TASK_RUNNING' };
    const post = async (body: string): Promise<number> =>
      (await fetch(`http://127.0.0.1:${port}/events`, { method: 'POST', body })).status;
    expect(await post('no JSON')).toBe(200);
    expect(await post(JSON.stringify(event))).toBe(200);
    expect((await fetch(`http://127.0.0.1:${port}/events`)).status).toBe(405);
    expect(await post(`{"x":${'['.repeat(100_000)}`)).toBe(200);
    await until(() => seen.length === 2);
    expect(seen[1]).toMatchObject({ kind: 'changed', workload: '/a' });
    urls.clear();
    await until(() => urls.has(CALLBACK));
    await until(() => seen.length === 3);
    expect(seen[2]).toMatchObject({ kind: 'opened' });
    stop.abort();
    await done;
    expect([...urls]).toEqual([]);
    await expect(post('{}')).rejects.toThrow('fetch failed');
  });

  test.each([
    ['1.5', json({ message: 'URI not found: /v2/eventSubscriptions' }, 404)],
    ['1.6', json({ message: 'URI not found' }, 500)],
    ['1.4 without', json({ message: 'http event callback system is not running on this Marathon instance.' }, 400)],
  ])('Marathon %s cannot: said with the way out', async (_version, handle) => {
    await using marathon = await serve(handle);
    await using client = clientOf(marathon.url);
    const options = { signal: new AbortController().signal, log: silent, listen: 'http://127.0.0.1:0', callbackUrl: CALLBACK };
    const error = await callbacks(client, settings, options)
      .next()
      .catch((error: unknown) => error);
    expect(error).toMatchObject({ code: 'no-callbacks', retryable: false, message: expect.stringContaining('--sse') as string });
  });

  test('a Marathon that is away is tried again', async () => {
    const { handle } = subscriptions();
    await using marathon = await serve((_request, response) => void response.writeHead(503).end());
    await using client = clientOf(marathon.url);
    const stop = new AbortController();
    const options = { signal: stop.signal, log: silent, listen: 'http://127.0.0.1:0', callbackUrl: CALLBACK, random: () => 0.01 };
    const iterator = callbacks(client, settings, options);
    expect(await iterator.next()).toMatchObject({ value: { kind: 'lost', retryInMs: 10 } });
    marathon.handle = handle;
    let event = await iterator.next();
    while (event.value?.kind === 'lost') event = await iterator.next();
    expect(event).toMatchObject({ value: { kind: 'opened' } });
    await iterator.return();
  });

  test('a port that is taken is said', async () => {
    await using marathon = await serve(json({}));
    await using client = clientOf(marathon.url);
    const options = { signal: new AbortController().signal, log: silent, listen: marathon.url, callbackUrl: CALLBACK };
    await expect(callbacks(client, settings, options).next()).rejects.toThrow(/EADDRINUSE.*--listening/);
  });
});
