/** JSON with something else in the place of any part of it, as text: JSON.stringify writes neither `__proto__` nor deep nesting. */
import fc from 'fast-check';

/** What happens to one place of a JSON document. */
export interface JsonEdit {
  /** Number of the place among all places of the document. */
  readonly at: number;
  readonly how: 'replace' | 'add' | 'remove' | 'repeat' | 'copy';
  readonly key: string;
  readonly by: JsonPart;
}

/** A JSON text that may be much longer than its description. */
export type JsonPart =
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'deep'; readonly brackets: '[' | '{'; readonly depth: number }
  | { readonly kind: 'long'; readonly unit: string; readonly length: number }
  | { readonly kind: 'wide'; readonly members: number; readonly isList: boolean };

/** Keys that mean something to JavaScript, and what a label's name could hide them in. */
const KEYS = ['__proto__', 'constructor', 'prototype', 'toString', 'hasOwnProperty', 'length', 'then', 'toJSON', 'id', ''];
const LABELS = KEYS.flatMap((key) => [`HAPROXY_0_${key}`, `HAPROXY_${key}`, `HAPROXY_${key}_VHOST`]).concat(
  'HAPROXY_99999999999999999999_VHOST',
  'HAPROXY_-1_VHOST',
  'HAPROXY_1e3_PORT',
  'HAPROXY_0_VHOST\n',
);

const NUMBERS = ['1e999', '-1e999', '-0', '1e-320', '9007199254740993', '65536', '65535', '0', '-1', '0.5', '1e21', '2147483648'];
const STRINGS = [
  '',
  ' ',
  '\n',
  '\0',
  '\u2028',
  '\ud800',
  '"',
  "'",
  '\\',
  '#',
  '..',
  '/../..',
  '/\ud800',
  '/a//b/?x#y%',
  '{backend}',
  '\nfrontend x\n',
  '0x10',
  'NaN',
  'null',
  '127.0.0.1',
  '::1',
  '[::]:80',
  '2026-02-30T99:99:99.999Z',
  '9999-12-31T23:59:59.999Z',
  '__proto__',
  'constructor',
];
const POISON = [
  '{"__proto__":{"polluted":true}}',
  '{"constructor":{"prototype":{"polluted":true}}}',
  '{"__proto__":null}',
  '[{"__proto__":[1]}]',
  '{"length":1e9}',
  '{"toString":null,"valueOf":1}',
  '{"then":1}',
];

/** Any code units, also halves of pairs, which JSON can have. */
export const anyText: fc.Arbitrary<string> = fc.string({
  unit: fc.oneof(fc.nat(0xff), fc.nat(0xffff), fc.constantFrom(0xd800, 0xdfff)).map((code) => String.fromCharCode(code)),
  maxLength: 12,
});

const text = (from: fc.Arbitrary<string>): fc.Arbitrary<JsonPart> => from.map((text) => ({ kind: 'text', text }));
const part: fc.Arbitrary<JsonPart> = fc.oneof(
  { weight: 8, arbitrary: text(fc.json({ maxDepth: 3 })) },
  { weight: 8, arbitrary: text(fc.constantFrom('null', 'true', 'false', '{}', '[]', '[null]', '[[]]', ...NUMBERS)) },
  { weight: 8, arbitrary: text(fc.constantFrom(...STRINGS).map((each) => JSON.stringify(each))) },
  { weight: 4, arbitrary: text(anyText.map((each) => JSON.stringify(each))) },
  { weight: 6, arbitrary: text(fc.constantFrom(...POISON)) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('deep'), brackets: fc.constantFrom('[', '{'), depth: fc.nat(50_000) }) },
  {
    weight: 1,
    arbitrary: fc.record({
      kind: fc.constant('long'),
      unit: fc.constantFrom('a', ' ', ',', '/', '.', '"', '\\', '{', 'é', '$', '%', 'a.', ' a', ',a', '0'),
      length: fc.nat(300_000),
    }),
  },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('wide'), members: fc.nat(3000), isList: fc.boolean() }) },
);

/** One to three changes of a document. */
export const jsonEdits: fc.Arbitrary<readonly JsonEdit[]> = editsWith(part);

/** The same with texts that HAProxy would read as more than one word, or as a line or a section of its own. */
export const lineEdits: fc.Arbitrary<readonly JsonEdit[]> = editsWith(
  text(
    fc
      .constantFrom(
        '\nfrontend x\n',
        'a\nbackend x\n  mode http\n',
        '/\nlisten x\n',
        "/'\nfrontend x\n",
        '/x\r\nuserlist x\n',
        'x if TRUE',
        '\n  bind *:1\n',
        'a"b',
        'a\\',
        'a # b',
        '{',
        '${HOME}',
        '\0',
        '*:80',
      )
      .map((each) => JSON.stringify(each)),
  ),
);

function editsWith(by: fc.Arbitrary<JsonPart>): fc.Arbitrary<readonly JsonEdit[]> {
  return fc.array(
    fc.record({
      at: fc.noBias(fc.nat(1_000_000)),
      how: fc.constantFrom('replace', 'replace', 'replace', 'add', 'remove', 'repeat', 'copy'),
      key: fc.oneof(fc.constantFrom(...KEYS), fc.constantFrom(...LABELS), fc.string({ maxLength: 5 })),
      by,
    }),
    { minLength: 1, maxLength: 3 },
  );
}

/** Returns the JSON text of a document with the edits; `isFixed` says which places stay as they are. */
export function edited(document: unknown, edits: readonly JsonEdit[], isFixed: (path: string) => boolean = () => false): string {
  const places = placesIn(document).filter(({ path }) => !isFixed(path));
  const byPath = new Map(
    edits.map((edit) => {
      const { path } = places[edit.at % places.length] as Place;
      return [path, { ...edit, copied: places[(edit.at * 7 + edit.key.length) % places.length]?.value }];
    }),
  );
  const print = (value: unknown, path: string): string => {
    const edit = byPath.get(path);
    if (edit?.how === 'replace') return printPart(edit.by);
    if (edit?.how === 'copy') return JSON.stringify(edit.copied);
    if (typeof value !== 'object' || value === null) return JSON.stringify(value);
    const isList = Array.isArray(value);
    const members = Object.entries(value).flatMap(([key, each]) => {
      const below = `${path}/${key}`;
      const { how = 'print' } = byPath.get(below) ?? {};
      if (how === 'remove') return [];
      const member = isList ? print(each, below) : `${JSON.stringify(key)}:${print(each, below)}`;
      return how === 'repeat' ? [member, member, member] : [member];
    });
    if (edit?.how === 'add') members.push(isList ? printPart(edit.by) : `${JSON.stringify(edit.key)}:${printPart(edit.by)}`);
    return isList ? `[${members.join(',')}]` : `{${members.join(',')}}`;
  };
  return print(document, '');
}

interface Place {
  readonly path: string;
  readonly value: unknown;
}

function placesIn(value: unknown, path = ''): readonly Place[] {
  const below = typeof value === 'object' && value !== null ? Object.entries(value) : [];
  return [{ path, value }, ...below.flatMap(([key, each]) => placesIn(each, `${path}/${key}`))];
}

function printPart(part: JsonPart): string {
  switch (part.kind) {
    case 'text':
      return part.text;
    case 'deep':
      return part.brackets === '['
        ? '['.repeat(part.depth + 1) + ']'.repeat(part.depth + 1)
        : `${'{"a":'.repeat(part.depth)}1${'}'.repeat(part.depth)}`;
    case 'long':
      return JSON.stringify(part.unit.repeat(part.length / part.unit.length));
    case 'wide': {
      const members = Array.from({ length: part.members }, (_, at) => (part.isList ? `${at}` : `"HAPROXY_${at}_X":"${at}"`));
      return part.isList ? `[${members.join(',')}]` : `{${members.join(',')}}`;
    }
  }
}
