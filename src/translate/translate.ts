/** Writes the lines anew that the HAProxy at hand would refuse, because it gave up their words. */
import type { HaproxyFeatures } from '../config/versions/version.ts';
import { SECTION_KEYWORDS } from '../haproxy-config/sections.ts';
import { quoted, sureWords } from '../haproxy-config/words.ts';
import { rowsByStart } from './old-words.ts';
import type { OldLine, OldWord, SectionKind } from './row.ts';

export interface Place {
  /** Where the text stands; a line that begins a section changes it. */
  readonly section: SectionKind;
  /** Whether braces are doubled, as in templates with placeholders. */
  readonly doublesBraces: boolean;
}

export interface Translated {
  /** The very text if nothing had to change. */
  readonly text: string;
  readonly translations: readonly Translation[];
  /** Lines that HAProxy refuses and that cannot be translated exactly. */
  readonly left: readonly Left[];
}

export interface Translation {
  /** The line as it was, trimmed. */
  readonly old: string;
  /** Lines that do the same; empty: it is taken away. */
  readonly lines: readonly string[];
}

export interface Left {
  readonly line: string;
  /** What to write, as an order. */
  readonly advice: string;
}

/** Returns a text with modern words. Time is linear in its length. */
export function translate(text: string, place: Place, features: HaproxyFeatures): Translated {
  const translations: Translation[] = [];
  const left: Left[] = [];
  const braces = place.doublesBraces ? { open: '{{', close: '}}' } : { open: '{', close: '}' };
  let { section } = place;
  const lines = text.split('\n').flatMap((line): Written[] => {
    const start = /^[ \t]*(?:no[ \t]+)?([^\s"'\\]+)/.exec(line)?.[1] ?? '';
    if (SECTION_KEYWORDS.has(start)) section = KINDS.get(start) ?? 'other';
    const found = modernOf(line, start, section, braces, features);
    if (found === undefined) return [{ text: line, start, row: undefined }];
    const old = line.trim();
    if ('advice' in found.modern) {
      left.push({ line: old, advice: found.modern.advice });
      return [{ text: line, start, row: undefined }];
    }
    const indent = /^[ \t]*/.exec(line)?.[0] ?? '';
    const fresh = found.modern.map((each) => each.map(quoted).join(' '));
    translations.push({ old, lines: fresh });
    return fresh.map((each) => ({ text: indent + each, start: each.split(' ', 1)[0] ?? '', row: found.row }));
  });
  if (translations.length === 0) return { text, translations, left };
  return { text: inOrder(lines).join('\n'), translations, left };
}

const KINDS: ReadonlyMap<string, SectionKind> = new Map(
  (['global', 'defaults', 'frontend', 'backend', 'listen'] as const).map((kind) => [kind, kind]),
);

function modernOf(line: string, start: string, section: SectionKind, braces: OldLine['braces'], features: HaproxyFeatures) {
  const rows = rowsByStart.get(start);
  const all = rows === undefined ? undefined : sureWords(line);
  if (rows === undefined || all === undefined) return undefined;
  const isNegated = all[0] === 'no';
  const old: OldLine = { words: isNegated ? all.slice(1) : all, section, isNegated, braces };
  for (const row of rows) {
    if (!row.sections.includes(section) || row.isRefused?.(features) === false) continue;
    const modern = row.modern(old);
    if (modern !== undefined) return { row, modern };
  }
  return undefined;
}

interface Written {
  readonly text: string;
  readonly start: string;
  /** Returns undefined if the line stays as it was. */
  readonly row: OldWord | undefined;
}

const PHASES = ['blocks', 'rules', 'lines', 'headers'] as const;

/**
 * Puts the rules of a section into the order in which HAProxy 1.x looked at them. They only go down: what they name (an ACL)
 * stands above. A section with conditions of the configuration (`.if`) stays as it is.
 */
function inOrder(lines: readonly Written[]): readonly string[] {
  const sections: Written[][] = [[]];
  for (const line of lines) {
    if (SECTION_KEYWORDS.has(line.start)) sections.push([]);
    sections.at(-1)?.push(line);
  }
  return sections.flatMap((section) => sorted(sorted(section, 'http-request'), 'http-response').map(({ text }) => text));
}

function sorted(lines: readonly Written[], side: string): readonly Written[] {
  const phase = ({ row }: Written) => PHASES.indexOf(row?.rules?.phase ?? 'rules');
  const rules = lines.filter(({ start }) => start === side);
  let last = 0;
  let least: number = PHASES.length;
  for (const rule of rules) {
    if (phase(rule) < last) least = Math.min(least, phase(rule));
    last = Math.max(last, phase(rule));
  }
  if (least === PHASES.length || lines.some(({ start }) => start.startsWith('.'))) return lines;
  // What stands above a rule of an earlier phase goes down, and what comes after it in time.
  const late = rules.filter((rule) => phase(rule) > least);
  const end = lines.lastIndexOf(rules.at(-1) as Written) + 1;
  const moved = new Set(late);
  const isEarly = (line: Written) => !moved.has(line);
  return [...lines.slice(0, end).filter(isEarly), ...late.toSorted((a, b) => phase(a) - phase(b)), ...lines.slice(end)];
}
