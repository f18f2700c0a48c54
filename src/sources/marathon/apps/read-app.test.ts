import { readdirSync, readFileSync } from 'node:fs';
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { readApp } from './read-app.ts';
import { parseApp } from './schema.ts';

const FIXTURES = new URL('../../../../test/fixtures/marathon/', import.meta.url);
const answers = readdirSync(FIXTURES)
  .filter((name) => name.includes('apps-embed-tasks'))
  .flatMap((name) => (JSON.parse(readFileSync(new URL(name, FIXTURES), 'utf8')) as { apps: unknown[] }).apps);

describe('readApp', () => {
  test('reads the apps of every dialect, as the schema does', () => {
    expect(answers.length).toBeGreaterThan(8);
    for (const raw of answers) {
      expect(readApp(raw)).toBeDefined();
      expect(readApp(raw)).toEqual(parseApp(raw).app);
    }
  });

  test('gives what the schema gives, or leaves it to the schema, whatever stands in one place', () => {
    const places = answers.flatMap((app, index) => pathsOf(app).map((path) => [index, ...path]));
    const anything = fc.oneof(
      fc.jsonValue(),
      fc.constantFrom(0, -1, 1.5, 65_535, 65_536, 2 ** 53, '', ' ', 'a\nb', 'a\u0085b', null),
    );
    fc.assert(
      fc.property(fc.constantFrom(...places), anything, ([index, ...path], value) => {
        const copy = structuredClone(answers[index as number]);
        setAt(copy, path, value);
        const app = readApp(copy);
        expect(app).toEqual(app === undefined ? undefined : parseApp(copy).app);
      }),
      { numRuns: 2000 },
    );
  });

  test.each([null, [], 'text', {}, { id: '' }, { id: '/a', tasks: [null] }, { id: '/a', labels: { HAPROXY_0_PATH: 1 } }])(
    'leaves %j to the schema',
    (raw) => expect(readApp(raw)).toBeUndefined(),
  );
});

function pathsOf(value: unknown, path: string[] = []): string[][] {
  if (typeof value !== 'object' || value === null) return [path];
  const members = Object.entries(value).flatMap(([key, member]) => pathsOf(member, [...path, key]));
  return path.length > 0 ? [path, ...members] : members;
}

function setAt(target: unknown, path: readonly (string | number)[], value: unknown): void {
  let at = target as Record<string, unknown>;
  for (const key of path.slice(0, -1)) at = at[key] as Record<string, unknown>;
  at[path.at(-1) as string] = value;
}
