import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createServer, type AddressInfo, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { pipeline, Readable } from 'node:stream';
import { createGzip, gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { silent } from '../../src/log/logger.ts';
import { createAppReader } from '../../src/sources/marathon/apps/app-reader.ts';
import { MarathonError, MarathonUnreachable } from '../../src/sources/marathon/error.ts';
import type { SourceEvent } from '../../src/sources/source.ts';
import { events } from '../../src/sources/marathon/events/sse.ts';
import { createClient, type MarathonClient } from '../../src/sources/marathon/http/client.ts';
import { anyDamage, type Damage, damaged, share } from '../support/fuzz/damage.ts';
import { FUZZ, tryCases } from '../support/fuzz/fuzz.ts';
import { edited, jsonEdits, type JsonEdit } from '../support/fuzz/json-edits.ts';
import { measureMemory } from '../support/fuzz/memory.ts';
import { allApps, decideOn, effectOnOthers, noEffect, others, otherTexts } from '../support/fuzz/world.ts';
import { endless, serve } from '../support/marathon/marathon-http.ts';
import { startProgram } from '../support/program/program.ts';

const signal = new AbortController().signal;

/** Milliseconds for an answer: so long that a busy machine gives a good one. */
const ANSWER_TIMEOUT = 2000;

function clientOf(url: string): MarathonClient {
  const settings = { urls: [url], auth: { kind: 'none' as const }, insecure: false, maxBackoff: 1, lruCacheCapacity: 100 };
  return createClient(settings, { log: silent, version: '0', answerTimeout: ANSWER_TIMEOUT, maxBody: 5_000_000 });
}

/** An answer as bytes on a connection. */
interface RawAnswer {
  readonly status: string;
  readonly framing: 'length' | 'too-long' | 'too-short' | 'chunked' | 'bad-chunks' | 'close';
  readonly packing: 'plain' | 'gzip' | 'not-gzip' | 'bad-gzip';
  readonly more: string;
  readonly edits: readonly JsonEdit[];
  readonly damage: Damage | undefined;
  /** Bytes at a time, and how many of the answer; the rest never comes. */
  readonly piece: number;
  readonly share: number;
  readonly end: 'end' | 'reset' | 'silence';
}

const rawAnswer: fc.Arbitrary<RawAnswer> = fc.record({
  status: fc.oneof(
    { weight: 6, arbitrary: fc.constant('HTTP/1.1 200 OK') },
    {
      weight: 1,
      arbitrary: fc.constantFrom(
        'HTTP/1.1 500 X',
        'HTTP/1.1 404 X',
        'HTTP/1.1 401 X',
        'HTTP/1.1 302 X\r\nLocation: /v2/apps',
        'HTTP/1.1 204 X',
        'HTTP/1.1 101 X',
        'HTTP/1.1 999 X',
        'HTTP/9.9 200 X',
        'SSH-2.0-x',
        '<html>',
        '\0',
      ),
    },
  ),
  framing: fc.constantFrom('length', 'length', 'too-long', 'too-short', 'chunked', 'chunked', 'bad-chunks', 'close'),
  packing: fc.constantFrom('plain', 'plain', 'gzip', 'not-gzip', 'bad-gzip'),
  more: fc.oneof(
    { weight: 5, arbitrary: fc.constant('') },
    {
      weight: 1,
      arbitrary: fc.constantFrom(
        'X: \0\r\n',
        ': x\r\n',
        `X: ${'y'.repeat(20_000)}\r\n`,
        'Content-Length: -1\r\n',
        'Content-Length: 5\r\n',
        'Transfer-Encoding: x\r\n',
        'x-marathon-leader: \x7f\r\n',
      ),
    },
  ),
  edits: fc.oneof(fc.constant([]), jsonEdits),
  damage: fc.option(anyDamage, { nil: undefined }),
  piece: fc.oneof({ weight: 1, arbitrary: fc.integer({ min: 1, max: 20 }) }, { weight: 3, arbitrary: fc.constant(100_000) }),
  share: fc.oneof({ weight: 3, arbitrary: fc.constant(1) }, { weight: 1, arbitrary: share }),
  end: fc.oneof({ weight: 20, arbitrary: fc.constantFrom('end', 'reset') }, { weight: 1, arbitrary: fc.constant('silence') }),
});

function bytesOf({ status, framing, packing, more, edits, damage, share }: RawAnswer): Buffer {
  const json = edits.length === 0 ? allApps(otherTexts) : edited({ apps: others }, edits);
  const text = damage === undefined ? Buffer.from(json) : damaged(json, damage);
  const packed = packing === 'plain' || packing === 'not-gzip' ? text : gzipSync(text);
  if (packing === 'bad-gzip') packed.fill(0, Math.floor(packed.length / 2), Math.floor(packed.length / 2) + 4);
  const heads = {
    length: `Content-Length: ${packed.length}\r\n`,
    'too-long': `Content-Length: ${packed.length + 10}\r\n`,
    'too-short': `Content-Length: ${Math.max(0, packed.length - 10)}\r\n`,
    chunked: 'Transfer-Encoding: chunked\r\n',
    'bad-chunks': 'Transfer-Encoding: chunked\r\n',
    close: 'Connection: close\r\n',
  };
  const encoding = packing === 'plain' ? '' : 'Content-Encoding: gzip\r\n';
  const head = `${status}\r\nContent-Type: application/json\r\n${encoding}${heads[framing]}${more}\r\n`;
  const isChunked = framing === 'chunked' || framing === 'bad-chunks';
  const size = framing === 'bad-chunks' ? 'zz' : packed.length.toString(16);
  const body = isChunked ? Buffer.concat([Buffer.from(`${size}\r\n`), packed, Buffer.from('\r\n0\r\n\r\n')]) : packed;
  const whole = Buffer.concat([Buffer.from(head, 'latin1'), body]);
  return whole.subarray(0, Math.ceil(whole.length * share));
}

async function give(socket: Socket, answer: RawAnswer): Promise<void> {
  const bytes = bytesOf(answer);
  // Many small pieces cost a second; the first of them show what there is to see.
  const pieces = Math.min(200, Math.ceil(bytes.length / answer.piece));
  for (let at = 0; at < pieces && !socket.destroyed; at += 1) {
    const isLast = at === pieces - 1;
    socket.write(bytes.subarray(at * answer.piece, isLast ? undefined : (at + 1) * answer.piece));
    if (!isLast) await sleep(0);
  }
  if (answer.end === 'end') socket.end();
  if (answer.end === 'reset') socket.resetAndDestroy();
}

/** A server that gives bytes for an answer; undefined: a good one. */
async function serveRaw(answer: () => RawAnswer | undefined): Promise<AsyncDisposable & { readonly url: string }> {
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => {});
    socket.on('data', () => {
      const wanted = answer();
      const body = allApps(otherTexts);
      if (wanted === undefined) socket.write(`HTTP/1.1 200 OK\r\nContent-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`);
      else void give(socket, wanted);
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    [Symbol.asyncDispose]: async () => {
      for (const socket of sockets) socket.destroy();
      server.close();
      await once(server, 'close');
    },
  };
}

it('any bytes for an answer are apps or an error that says what is wrong, and the next answer counts', FUZZ, () =>
  tryCases({ cases: 150 }, rawAnswer, async (answer) => {
    let isGood = false;
    await using server = await serveRaw(() => (isGood ? undefined : answer));
    await using client = clientOf(server.url);
    const source = createAppReader(
      client,
      { frameworkName: undefined, lruCacheCapacity: 100 },
      { log: silent, lookup: async () => '10.1.2.3' },
    );
    const began = performance.now();
    const reads = await Promise.allSettled([source.read('all', signal), source.read(new Set(['/fuzz/other-0']), signal)]);
    const failures = reads.flatMap((read) => (read.status === 'rejected' ? [read.reason as unknown] : []));
    expect(failures.filter((failure) => !(failure instanceof MarathonError))).toEqual([]);
    expect(performance.now() - began).toBeLessThan(10 * ANSWER_TIMEOUT);
    isGood = true;
    expect(effectOnOthers(decideOn(await patiently(() => source.read('all', signal)), 'plain'), 'plain')).toEqual(
      noEffect('plain'),
    );
  }),
);

/** On a machine that is busy elsewhere a good answer may be late. */
async function patiently<T>(read: () => Promise<T>): Promise<T> {
  for (let tries = 1; ; tries += 1) {
    try {
      return await read();
    } catch (error) {
      const isLate = error instanceof MarathonUnreachable && error.failures.every((each) => each.error.code === 'timeout');
      if (!isLate || tries === 3) throw error;
    }
  }
}

const app = (id: number, text: string): string =>
  `{"id":"/a/${id}","labels":{"HAPROXY_GROUP":"external"},"env":{"X":"${text}"},"portDefinitions":[{"port":${10_000 + id}}],"tasks":[{"id":"t","host":"10.0.0.1","ports":[31000]}]}`;

/** Texts of about 200 MB, or without an end, that cost as much memory as they can. */
const HUGE: Readonly<
  Record<string, { readonly text: () => Iterable<Buffer>; readonly told?: RegExp; readonly isPacked?: true }>
> = {
  'apps in good order': {
    text: () =>
      around(
        '{"apps":[',
        Array.from({ length: 500 }, (_, at) => `${at > 0 ? ',' : ''}${app(at, 'x'.repeat(400_000))}`),
        ']}',
      ),
  },
  'more apps than there can be': {
    text: () => around('{"apps":[{"id":"/a"}', repeated(',{"id":"/a"}', Infinity), ''),
    told: /100000 apps/,
  },
  'apps that cannot be read': {
    text: () => around('{"apps":[{"id":"/a"}', repeated(',{"id":"/ "}', Infinity), ''),
    told: /100000 apps/,
  },
  'a text without an end': {
    text: () => around('{"apps":[{"id":"/', repeated('x', Infinity), ''),
    told: /characters to be read at once/,
  },
  'the same, packed': {
    text: () => around('{"apps":[{"id":"/', repeated('x', Infinity), ''),
    told: /characters to be read at once/,
    isPacked: true,
  },
  'brackets only': { text: () => around('{"apps":[{"id":"/a","x":', repeated('[', 40e6), ''), told: /more than \d+ values/ },
  'values only': {
    text: () => around('{"apps":[{"id":"/a","x":[{}', repeated(',{}', 30e6), ']}]}'),
    told: /more than \d+ values/,
  },
  'members called __proto__': {
    text: () => around('{"apps":[{"id":"/a","x":{"a":1', repeated(',"__proto__":{}', 40e6), '}}]}'),
    told: /more than \d+ values/,
  },
  'faults of one app': { text: () => around('{"apps":[{"id":"/a","tasks":[0', repeated(',""', 3e6), ']}]}') },
};

function repeated(unit: string, length: number): Iterable<string> {
  const block = unit.repeat(Math.ceil(65_536 / unit.length));
  return (function* () {
    for (let sent = 0; sent < length; sent += block.length) yield block;
  })();
}

function* around(head: string, blocks: Iterable<string>, tail: string): Iterable<Buffer> {
  yield Buffer.from(head);
  for (const block of blocks) yield Buffer.from(block);
  yield Buffer.from(tail);
}

it.each(Object.keys(HUGE))(
  'a program with little memory ends by itself, whatever it reads: %s',
  { timeout: 90_000 },
  async (name) => {
    const { text, told, isPacked } = HUGE[name] as (typeof HUGE)[string];
    await using server = await serve((_request, response) => {
      response.writeHead(200, { 'content-type': 'application/json', ...(isPacked && { 'content-encoding': 'gzip' }) });
      const source = Readable.from(text(), { objectMode: false });
      if (isPacked) pipeline(source, createGzip({ level: 1 }), response, () => {});
      else pipeline(source, response, () => {});
    });
    await using program = startProgram(['--dry', '--group', 'external', '-m', server.url, '--haproxy-config', '/tmp/none.cfg'], {
      env: { NODE_OPTIONS: '--max-old-space-size=400' },
    });
    const peak = watchMemory(program.pid);
    const { status, out, err } = await program.ended;
    expect(status).toBe(told === undefined ? 0 : 1);
    expect(err).toMatch(told ?? '');
    expect(out).toMatch(name === 'apps in good order' ? /^backend a_499_10499$/m : '');
    expect(err).not.toMatch(/^ +at /m);
    expect(await peak).toBeLessThan(450e6);
  },
);

/** The most memory that a process has until it ends, in bytes; 0 where the system does not tell. */
async function watchMemory(pid: number): Promise<number> {
  let most = 0;
  for (;;) {
    const found = statusOf(pid);
    if (found === undefined) return most;
    most = Math.max(most, found);
    await sleep(20);
  }
}

function statusOf(pid: number): number | undefined {
  try {
    const [, kilobytes] = /^VmHWM:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8')) ?? [];
    return kilobytes === undefined ? undefined : Number(kilobytes) * 1024;
  } catch {
    return undefined;
  }
}

it('an event without an end costs the stream, which is opened again', { timeout: 60_000 }, async () => {
  let opened = 0;
  const good = 'data: {"eventType":"app_terminated_event","appId":"/a"}\n\n';
  await using server = await serve((request, response) => {
    opened += 1;
    if (opened === 1) endless('data: x', { 'content-type': 'text/event-stream' })(request, response);
    else response.writeHead(200, { 'content-type': 'text/event-stream' }).write(good);
  });
  await using client = clientOf(server.url);
  const highest = measureMemory();
  const stop = new AbortController();
  const seen: SourceEvent[] = [];
  for await (const event of events(client, { maxBackoff: 1 }, { signal: stop.signal, log: silent, random: () => 0 })) {
    seen.push(event);
    if (event.kind === 'changed') stop.abort();
  }
  expect(seen.map(({ kind }) => kind)).toEqual(['opened', 'lost', 'opened', 'changed']);
  expect(seen[1]).toMatchObject({ error: { message: expect.stringMatching(/longer than \d+ characters/) as string } });
  expect(highest()).toBeLessThan(1.5e9);
});

it('an answer that drips ends when its time is over', async () => {
  await using server = await serve((_request, response) => {
    response.writeHead(200);
    const drip = setInterval(() => response.write('['), 1);
    response.once('close', () => clearInterval(drip));
  });
  await using client = clientOf(server.url);
  await expect(client.getJson('/v2/apps')).rejects.toMatchObject({ failures: [{ error: { code: 'timeout' } }] });
});
