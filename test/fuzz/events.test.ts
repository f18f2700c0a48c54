import { once } from 'node:events';
import { connect } from 'node:net';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { union } from '../../src/engine/pass/dirty-set.ts';
import { createWorkloadCache } from '../../src/engine/snapshot/workload-cache.ts';
import { silent } from '../../src/log/logger.ts';
import { callbacks } from '../../src/sources/marathon/events/callbacks.ts';
import { createDecoder } from '../../src/sources/marathon/events/decode.ts';
import type { SourceEvent } from '../../src/sources/source.ts';
import { changesOf } from '../../src/sources/marathon/events/event-types.ts';
import { events } from '../../src/sources/marathon/events/sse.ts';
import { share } from '../support/fuzz/damage.ts';
import { FUZZ, tryCases } from '../support/fuzz/fuzz.ts';
import { anyText, edited, jsonEdits } from '../support/fuzz/json-edits.ts';
import {
  allApps,
  decideOn,
  effectOnOthers,
  fixtureText,
  modelSettings,
  noEffect,
  otherTexts,
  sourceOf,
} from '../support/fuzz/world.ts';

const signal = new AbortController().signal;

const recorded = ['1.3', '1.4', '1.11'].flatMap((version) => JSON.parse(fixtureText(`canon-events-${version}.json`)) as object[]);

it('any JSON in an event is a hint that leads to a read, or to nothing', FUZZ, () =>
  tryCases(
    { cases: 600 },
    fc.record({
      event: fc.constantFrom(...recorded),
      id: fc.option(anyText),
      edits: jsonEdits,
      isTypeKept: fc.boolean(),
    }),
    async ({ event, id, edits, isTypeKept }) => {
      const named = id === null ? event : { ...event, appId: `/${id}`, runSpecId: `/${id}` };
      const text = edited(named, edits, (path) => isTypeKept && path === '/eventType');
      const cache = createWorkloadCache(
        sourceOf(() => ({ all: allApps(otherTexts) })),
        modelSettings('plain'),
      );
      await cache.read('all', signal);
      const documents = documentsIn(`data: ${text}\n\n`);
      expect(documents).toHaveLength(1);
      const changes = documents.flatMap((document) => changesOf(document, 1));
      const ids = changes.flatMap(({ workload }) => workload ?? []);
      const dirty = changes.some(({ workload }) => workload === undefined) ? 'all' : union(new Set(), new Set(ids));
      expect(effectOnOthers(decideOn(await cache.read(dirty, signal), 'plain'), 'plain')).toEqual(noEffect('plain'));
    },
  ),
);

const streams = ['canon-sse-create-0.9.sse', 'canon-sse-create.sse'].map((name) => Buffer.from(fixtureText(name)));

it.each(streams.map((stream) => [stream.length, stream] as const))(
  'a stream of %d bytes says the same wherever it is cut, and the half of an event says nothing',
  (length, stream) => {
    const all = documentsIn(stream);
    expect(all.length).toBeGreaterThan(5);
    for (let at = 0; at <= length; at += 1) {
      const found: unknown[] = [];
      const decoder = createDecoder({ document: (document) => found.push(document), unreadable: fail });
      decoder.feed(stream.subarray(0, at));
      expect(found).toEqual(all.slice(0, found.length));
      decoder.feed(stream.subarray(at));
      expect(found).toEqual(all);
    }
    expect(documentsIn(stream, 1)).toEqual(all);
  },
);

const line = fc.oneof(
  fc.tuple(fc.constantFrom(...recorded), jsonEdits).map(([event, edits]) => `data: ${edited(event, edits)}`),
  fc.constantFrom(...recorded).map((event) => `data:${JSON.stringify(event)}`),
  fc.constantFrom(
    '',
    ':',
    ': ping',
    'event: x',
    'data',
    'data:',
    'id: \0',
    'retry: 1',
    'retry: x',
    '{"eventType":',
    '{}',
    '\ufeff',
    'é',
    '😀',
  ),
  anyText,
);
const bytes = fc
  .record({
    lines: fc.array(line, { maxLength: 8 }),
    end: fc.constantFrom('\n', '\r\n', '\r'),
    noise: fc.array(fc.tuple(fc.nat(), fc.nat(255)), { maxLength: 3 }),
  })
  .map(({ lines, end, noise }) => {
    const text = Buffer.from(`${lines.join(end)}${end}${end}`);
    for (const [at, byte] of noise) text[at % text.length] = byte;
    return text;
  });

it('any bytes of a stream say the same in pieces of any size', FUZZ, () =>
  tryCases({ cases: 350 }, fc.record({ stream: bytes, size: fc.integer({ min: 1, max: 200 }) }), ({ stream, size }) => {
    const said = (some?: number): unknown =>
      documentsIn(stream, some).map((each) => (typeof each === 'number' ? each : changesOf(each, 1)));
    expect(said(size)).toEqual(said());
  }),
);

it('after any bytes the next stream is followed', FUZZ, () =>
  tryCases(
    { cases: 150 },
    fc.record({ stream: bytes, size: fc.integer({ min: 1, max: 200 }), breaks: fc.boolean() }),
    async ({ stream, size, breaks }) => {
      const stop = new AbortController();
      const bodies = [piecesOf(stream, size), [good]];
      const client: Parameters<typeof events>[0] = {
        // oxlint-disable-next-line require-await -- so that what is thrown is a rejection
        openStream: async () => {
          const body = bodies.shift() ?? [];
          return {
            url: 'http://marathon.test',
            chunks: (async function* () {
              yield* body;
              if (breaks) throw new Error('the connection broke');
            })(),
            destroy: () => {},
          };
        },
      };
      const seen: SourceEvent[] = [];
      for await (const event of events(client, { maxBackoff: 1 }, { signal: stop.signal, log: silent, random: () => 0 })) {
        seen.push(event);
        if (event.kind === 'changed' && event.workload === '/fuzz/last') stop.abort();
      }
      expect(
        seen
          .map(({ kind }) => kind)
          .filter((kind) => kind !== 'changed')
          .slice(0, 3),
      ).toEqual(['opened', 'lost', 'opened']);
    },
  ),
);

it('after any bytes that are posted to the callback address the next event is heard', FUZZ, async () => {
  const stop = new AbortController();
  const text = JSON.stringify({ callbackUrls: ['http://lb.test/'] });
  const client: Parameters<typeof callbacks>[0] = {
    request: async () => ({ url: 'http://m.test', status: 200, headers: {}, text }),
  };
  let port = 0;
  const heard = new Set<string | undefined>();
  const options = { signal: stop.signal, log: silent, listen: 'http://127.0.0.1:0', callbackUrl: 'http://lb.test/' };
  const following = (async () => {
    for await (const event of callbacks(client, { maxBackoff: 1 }, { ...options, listening: (number) => (port = number) }))
      if (event.kind === 'changed') heard.add(event.workload);
  })();
  await expect.poll(() => port).toBeGreaterThan(0);
  const url = `http://127.0.0.1:${port}`;
  let serial = 0;
  try {
    await tryCases({ cases: 50 }, fc.record({ body: bytes, share }), async ({ body, share }) => {
      const socket = connect(port, '127.0.0.1');
      socket.on('error', () => {});
      const head = `POST / HTTP/1.1\r\nHost: x\r\nContent-Length: ${body.length}\r\n\r\n`;
      const request = Buffer.concat([Buffer.from(head), body]);
      socket.write(request.subarray(0, Math.ceil(request.length * share)), () => socket.destroySoon());
      await once(socket, 'close');
      const appId = `/fuzz/${(serial += 1)}`;
      const answer = await fetch(url, { method: 'POST', body: JSON.stringify({ eventType: 'app_terminated_event', appId }) });
      expect(answer.status).toBe(200);
      await expect.poll(() => heard.has(appId)).toBe(true);
    });
  } finally {
    stop.abort();
    await following;
  }
});

const good = Buffer.from('data: {"eventType":"app_terminated_event","appId":"/fuzz/last"}\n\n');

/** The JSON documents of a stream that comes in pieces of this size. */
function documentsIn(stream: string | Uint8Array, size = Infinity): readonly unknown[] {
  const found: unknown[] = [];
  const decoder = createDecoder({ document: (document) => found.push(document), unreadable: (length) => found.push(length) });
  for (const piece of piecesOf(Buffer.from(stream), size)) decoder.feed(piece);
  return found;
}

function piecesOf(stream: Uint8Array, size: number): readonly Uint8Array[] {
  const pieces: Uint8Array[] = [];
  for (let at = 0; at < stream.length; at += size) pieces.push(stream.subarray(at, at + size));
  return pieces;
}

function fail(length: number): never {
  throw new Error(`${length} characters are no JSON`);
}
