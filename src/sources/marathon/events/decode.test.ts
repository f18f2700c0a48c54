import { readFileSync } from 'node:fs';
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { createDecoder } from './decode.ts';

/** The documents in these bytes, fed in pieces; unreadable ones as their length. */
function decode(...pieces: Uint8Array[]): unknown[] {
  const seen: unknown[] = [];
  const decoder = createDecoder({ document: (document) => seen.push(document), unreadable: (length) => seen.push(length) });
  for (const piece of pieces) decoder.feed(piece);
  return seen;
}

const bytes = (text: string): Uint8Array => Buffer.from(text, 'utf8');
const fixture = (name: string): Uint8Array =>
  readFileSync(new URL(`../../../../test/fixtures/marathon/${name}`, import.meta.url));

describe('createDecoder', () => {
  test('reads the streams of 0.9 and of 0.11 and later alike', () => {
    const old = decode(fixture('canon-sse-create-0.9.sse'));
    expect(old.length).toBeGreaterThan(5);
    expect(decode(fixture('canon-sse-create.sse'))).toEqual(old);
  });

  test.each([
    ['CRLF', 'event: x\r\ndata: {"a":1}\r\n\r\n', [{ a: 1 }]],
    ['LF, data only', 'data:{"a":1}\n\n', [{ a: 1 }]],
    ['heartbeats', '\r\n\r\ndata: {"a":1}\r\n\r\n\r\n\r\n', [{ a: 1 }]],
    ['two documents, one data each', 'data: {"a":1}\r\ndata: {"b":2}\r\n\r\n', [{ a: 1 }, { b: 2 }]],
    ['one document over two lines', 'data: {"a":\r\ndata: 1}\r\n\r\n', [{ a: 1 }]],
    ['unreadable, then readable', 'data: {"a"\n\ndata: {"b":2}\n\n', [4, { b: 2 }]],
    ['an event without data', 'event: x\r\n\r\ndata:\r\n\r\n', []],
  ])('%s', (_name, text, documents) => {
    expect(decode(bytes(text))).toEqual(documents);
  });

  test('two documents of one event, the second without a field name', () => {
    const documents = decode(bytes('data: {"a":1}\r\n{"b":2}\r\n\r\n'));
    expect(documents).toHaveLength(2);
    expect(documents).toEqual(expect.arrayContaining([{ a: 1 }, { b: 2 }]));
  });

  test('however the bytes are cut, the documents are the same', () => {
    const whole = bytes('event: x\r\ndata: {"a":"üß€😀"}\r\n\r\n\r\n\r\ndata: {"b":2}\r\n\r\n');
    fc.assert(
      fc.property(fc.array(fc.nat(whole.length)), (cuts) => {
        const at = [0, ...cuts.sort((a, b) => a - b), whole.length];
        const pieces = at.slice(1).map((end, index) => whole.subarray(at[index], end));
        expect(decode(...pieces)).toEqual([{ a: 'üß€😀' }, { b: 2 }]);
      }),
    );
  });
});
