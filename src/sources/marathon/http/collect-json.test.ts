import * as fc from 'fast-check';
import { cpuTime } from '../../../../test/support/cpu-time.ts';
import { describe, expect, test } from 'vitest';
import { collectApps } from './collect-json.ts';

/** What is taken of this text, fed in pieces cut at these places. */
function collect(text: string, cuts: readonly number[] = []): { apps: unknown[]; complete: boolean } {
  const apps: unknown[] = [];
  const collector = collectApps((raw) => apps.push(raw));
  const at = [0, ...cuts.toSorted((a, b) => a - b), text.length];
  for (let index = 1; index < at.length; index++) collector.push(text.slice(at[index - 1], at[index]));
  return { apps, complete: collector.end() };
}

const app = fc.record({ id: fc.string().map((id) => `/${id}`), more: fc.jsonValue() });
/** What looks like the begin of an app, but is not. */
const trap = fc.constantFrom<unknown>(
  { id: '/a', nested: [{ x: 1 }, { id: '/b' }] },
  { id: '/a', text: ',{"id":"/b"}' },
  { id: '/a', nested: { id: '/b' } },
  { name: 1, id: '/late' },
  null,
  'text',
);

describe('collectApps', () => {
  test('takes the same apps as JSON.parse, however they are written and cut', () => {
    const indent = fc.constantFrom(undefined, 2);
    fc.assert(
      fc.property(fc.array(fc.oneof(app, app, trap)), indent, fc.array(fc.nat(2000)), (apps, indent, cuts) => {
        const text = JSON.stringify({ apps }, null, indent);
        const expected = (JSON.parse(text) as { apps: unknown[] }).apps;
        const inside = cuts.map((cut) => cut % (text.length + 1));
        expect(collect(text, inside)).toEqual({ apps: expected, complete: true });
      }),
      { numRuns: 500 },
    );
  });

  test('gives an app away before the text is complete', () => {
    const apps: unknown[] = [];
    const collector = collectApps((raw) => apps.push(raw));
    collector.push('{"apps":[{"id":"/a"},{"id":"/b"');
    expect(apps).toEqual([{ id: '/a' }]);
    expect(() => collector.end()).toThrow(SyntaxError);
  });

  test.each([
    '{"apps":[{"id":"/a"},{"id":"/b"}',
    '{"apps":[{"id":"/a"}]',
    '{"apps":[{"id":"/a"},]}',
    '{"apps":[{"id":"/a"}]}}',
    '',
  ])('%s is no JSON', (text) => {
    expect(() => collect(text)).toThrow(SyntaxError);
  });

  test.each(['{}', 'null', '5', '[]', '{"apps":{}}', '{"message":"no"}'])('%s has no array of apps', (text) => {
    expect(collect(text)).toEqual({ apps: [], complete: false });
  });

  test('keys after the array do no harm', () => {
    expect(collect('{"apps":[{"id":"/a"},{"id":"/b"}],"more":[{"id":"/c"}]}').apps).toEqual([{ id: '/a' }, { id: '/b' }]);
  });

  test('takes time in proportion to the size of one app', () => {
    timeFor(4);
    const [small, large] = [timeFor(8), timeFor(64)];
    expect(large).toBeLessThan(Math.max(24 * small, 1000));
  });
});

/** Milliseconds for an app of so many megabytes. */
function timeFor(megabytes: number): number {
  const piece = 'x'.repeat(16_384);
  return cpuTime(() => {
    const collector = collectApps(() => {});
    collector.push('{"apps":[{"id":"/a","x":"');
    for (let sent = 0; sent < megabytes * 1_048_576; sent += piece.length) collector.push(piece);
    collector.push('"},{"id":"/b"}]}');
    expect(collector.end()).toBe(true);
  });
}
