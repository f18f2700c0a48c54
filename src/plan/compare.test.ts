import { isDeepStrictEqual } from 'node:util';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { ConfigDocument, Section } from '../render/document.ts';
import { print, ServerLine } from '../render/document.ts';
import { printFile } from '../render/files/kinds.ts';
import type { MapFile } from '../render/files/map.ts';
import type { Change } from './change.ts';
import { compare } from './compare.ts';
import { reasonOf } from './describe.ts';

const words = fc.subarray(['a', 'b', 'c', 'd'], { minLength: 0 });
const shuffled = words.chain((some) => fc.shuffledSubarray(some, { minLength: some.length }));
const blocks = shuffled.map((some) => some.map((text) => ({ text: `${text}\n` })));
const servers = shuffled.map((some) => some.map((name) => new ServerLine({ name, taskId: name, text: `server ${name}\n` })));
const sections = fc
  .record({ a: blocks, b: blocks, c: blocks, d: blocks, servers, order: shuffled })
  .map(({ order, servers: lines, ...texts }) =>
    order.map((name): Section => ({ kind: 'backend', name, blocks: texts[name as 'a'], servers: lines })),
  );
const files = fc.option(shuffled).map((some): MapFile[] => {
  if (some === null) return [];
  return [{ kind: 'map', name: 'm', entries: some.map((key) => [key, 'x']) }];
});
const documents: fc.Arbitrary<ConfigDocument> = fc.record({ sections, files });

const told = (changes: readonly Change[]) => changes.map((change) => `${change.kind} ${reasonOf(change)}`);

const texts = (doc: ConfigDocument) => [print(doc), ...doc.files.map(printFile), doc.files.length];

const doc = (...texts: string[]): ConfigDocument => ({
  sections: [{ kind: 'frontend', name: 'f', blocks: texts.map((text) => ({ text })) }],
  files: [],
});

test('what was kept as the same object is passed over, and nothing else', () => {
  fc.assert(
    fc.property(documents, documents, fc.infiniteStream(fc.boolean()), (one, other, random) => {
      const isKept = () => random.next().value === true;
      const known = new Map(one.sections.map((section) => [JSON.stringify(section), section]));
      // As the renderer does: what is equal may be the very same object.
      const next: ConfigDocument = {
        ...other,
        sections: other.sections.map((section) => (isKept() && known.get(JSON.stringify(section))) || section),
      };
      const changes = told(compare(one, next));
      expect(changes).toEqual(told(compare(structuredClone(one), structuredClone(next))));
      expect(changes.length > 0 || isDeepStrictEqual(texts(one), texts(next))).toBe(true);
    }),
    { numRuns: 500 },
  );
});

test('blocks that are cut elsewhere have the same text', () => {
  expect(compare(doc('a\n', 'b\nc\n', 'd\n'), doc('a\n', 'b\n', 'c\n', 'd\n'))).toEqual([]);
  expect(told(compare(doc('a\n', 'b\n', 'a\n'), doc('a\n', 'a\n')))).toEqual(['section-changed frontend f changed']);
});
