/** Files as a full disk, a broken one or a person may leave them. */
import fc from 'fast-check';
import { edited, type JsonEdit, jsonEdits, lineEdits } from './json-edits.ts';

/** What happened to a file. */
export type Damage =
  /** Other JSON in places of a line, or of the whole file if `line` is undefined. */
  | { readonly kind: 'edits'; readonly edits: readonly JsonEdit[]; readonly line: number }
  /** It ends after this share. */
  | { readonly kind: 'cut'; readonly share: number }
  /** Some bytes are others. */
  | { readonly kind: 'noise'; readonly bytes: readonly (readonly [share: number, byte: number])[] }
  /** Something is put in between, maybe many times. */
  | { readonly kind: 'insert'; readonly share: number; readonly text: string; readonly times: number }
  | { readonly kind: 'other'; readonly bytes: Uint8Array };

/** Any place alike: fast-check's doubles are next to 0 most often. */
export const share = fc.noBias(fc.nat(1000)).map((part) => part / 1000);

/** Damage to any file; edits only to one of JSON. */
export const anyDamage: fc.Arbitrary<Exclude<Damage, { kind: 'edits' }>> = fc.oneof(
  fc.record({ kind: fc.constant('cut'), share }),
  fc.record({ kind: fc.constant('noise'), bytes: fc.array(fc.tuple(share, fc.nat(255)), { minLength: 1, maxLength: 4 }) }),
  fc.record({
    kind: fc.constant('insert'),
    share,
    text: fc.constantFrom(
      '\n',
      '\0',
      ' ',
      '"',
      '{',
      '[',
      ']',
      "'",
      ':',
      ',',
      '#',
      '\\',
      '(',
      '-',
      '0',
      '1e9',
      'a ',
      'at [',
      '\ufeff',
    ),
    times: fc.constantFrom(1, 2, 100, 50_000),
  }),
  fc.record({ kind: fc.constant('other'), bytes: fc.uint8Array({ maxLength: 300 }) }),
);

/** Edits only, with what HAProxy would read as a line of its own. */
export const lineDamage: fc.Arbitrary<Damage> = fc.record({
  kind: fc.constant('edits'),
  edits: lineEdits,
  line: fc.nat(100),
});

export const jsonDamage: fc.Arbitrary<Damage> = fc.oneof(
  { weight: 1, arbitrary: anyDamage },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('edits'), edits: jsonEdits, line: fc.nat(100) }) },
  { weight: 1, arbitrary: lineDamage },
);

/** Returns the file after the damage. `isLines`: each line is JSON of its own. */
export function damaged(text: string, damage: Damage, isLines = false): Buffer {
  const bytes = Buffer.from(text);
  switch (damage.kind) {
    case 'edits': {
      if (!isLines) return Buffer.from(edited(JSON.parse(text), damage.edits));
      const lines = text.trimEnd().split('\n');
      const at = damage.line % lines.length;
      return Buffer.from(`${lines.with(at, edited(JSON.parse(lines[at] ?? ''), damage.edits)).join('\n')}\n`);
    }
    case 'cut':
      return bytes.subarray(0, Math.floor(damage.share * bytes.length));
    case 'noise':
      for (const [share, byte] of damage.bytes) bytes[Math.min(bytes.length - 1, Math.floor(share * bytes.length))] = byte;
      return bytes;
    case 'insert': {
      const at = Math.floor(damage.share * bytes.length);
      return Buffer.concat([bytes.subarray(0, at), Buffer.from(damage.text.repeat(damage.times)), bytes.subarray(at)]);
    }
    case 'other':
      return Buffer.from(damage.bytes);
  }
}
