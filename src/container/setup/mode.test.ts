import { describe, expect, it } from 'vitest';
import { readMode } from './mode.ts';

describe('readMode', () => {
  it.each([
    [[undefined, undefined, undefined], { kind: 'sse' }],
    [['poll', undefined, undefined], { kind: 'poll' }],
    [['event', 'lb:8080', undefined], { kind: 'event', callbackUrl: 'http://lb:8080', listen: 'http://0.0.0.0:8080' }],
    [['event', 'http://lb/x', 'http://:1'], { kind: 'event', callbackUrl: 'http://lb/x', listen: 'http://:1' }],
  ] as const)('%j', ([word, callback, listen], expected) => {
    expect(readMode(word, callback, listen)).toEqual(expected);
  });

  it.each([
    [['loop', undefined, undefined], /unknown mode 'loop'/],
    [['event', undefined, undefined], /is missing/],
    [['event', 'lb', undefined], /has no port/],
    [['event', 'http://', undefined], /neither a URL/],
    [['sse', 'lb:1', undefined], /too much/],
    [['poll', undefined, 'http://lb:1'], /--listening/],
  ] as const)('%j is refused', ([word, callback, listen], message) => {
    expect(() => readMode(word, callback, listen)).toThrow(message);
  });
});
