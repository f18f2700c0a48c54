/** Texts that people wrote, made ready to be filled: line breaks, modern words, placeholders. */
import type { RenderSettings } from '../../config/settings.ts';
import { withLineBreaks } from '../../translate/line-breaks.ts';
import type { SectionKind } from '../../translate/row.ts';
import { type Left, type Translation, translate } from '../../translate/translate.ts';
import { compile, type Template, TemplateError } from './expand.ts';
import { templates, type TemplateName } from './defaults.ts';

/** A text in the place of a default template. */
export interface Override {
  /** Undefined if it cannot be filled. */
  readonly template: Template | undefined;
  /** Why it cannot be filled. */
  readonly fault: string | undefined;
  /** The two characters `\n` were taken as line breaks. */
  readonly hasLineBreaks: boolean;
  readonly translations: readonly Translation[];
  readonly left: readonly Left[];
}

type Translating = Pick<RenderSettings, 'haproxy' | 'translate'>;

/** Reads the text of a label, a file or a variable as a template of that name. */
export function readOverride(name: TemplateName, given: string, settings: Translating): Override {
  const row = templates[name];
  const broken = settings.translate ? withLineBreaks(given) : undefined;
  const text = broken ?? given;
  const section = settings.translate ? sectionOf(name) : undefined;
  const modern = section && translate(text, { section, doublesBraces: !row.raw }, settings.haproxy);
  const { translations = [], left = [] } = modern ?? {};
  const done = { hasLineBreaks: broken !== undefined, translations, left };
  try {
    return { ...done, template: compile(modern?.text ?? text, row), fault: undefined };
  } catch (error) {
    if (!(error instanceof TemplateError)) throw error;
    return { ...done, template: undefined, fault: error.message };
  }
}

/** Returns what a `bind` line gets behind its address. */
export function readBindOptions(
  options: string,
  { haproxy, translate: isOn }: Translating,
): { text: string; translations: readonly Translation[] } {
  const start = 'bind * ';
  if (!isOn || !options.includes('process')) return { text: options, translations: [] };
  const { text, translations } = translate(start + options, { section: 'frontend', doublesBraces: false }, haproxy);
  const cut = (line: string) => line.slice(start.length).trim();
  return { text: cut(text), translations: translations.map(({ old, lines }) => ({ old: cut(old), lines: lines.map(cut) })) };
}

/** Returns what is left of `HAPROXY_GLOBAL_DEFAULT_OPTIONS` in modern words. */
export function readDefaultOptions(
  options: readonly string[],
  { haproxy, translate: isOn }: Translating,
): { options: readonly string[]; translations: readonly Translation[] } {
  if (!isOn) return { options, translations: [] };
  const all = options.map((option) => translate(`option ${option}`, { section: 'defaults', doublesBraces: false }, haproxy));
  return {
    options: all.flatMap(({ text }) => (text === '' ? [] : text.slice('option '.length))),
    translations: all.flatMap(({ translations }) => translations),
  };
}

/** Returns undefined if the template is no whole lines. */
function sectionOf(name: TemplateName): SectionKind | undefined {
  if (/^BACKEND_SERVER_.*HEALTHCHECK_OPTIONS$/.test(name)) return undefined;
  if (name === 'HEAD' || name === 'USERLIST_HEAD') return 'other';
  return /^(?:(?:HTTP|TCP)_)?BACKEND_(?!REDIRECT)/.test(name) ? 'backend' : 'frontend';
}

/** Returns a translation in words. Lines that may hold a secret are cut. */
export function formatTranslation({ old, lines }: Translation): string {
  const fresh = lines.map((line) => asWritten(shown(line))).join(', ');
  const what = `HAProxy no longer takes ${asWritten(shown(old))}`;
  return lines.length === 0 ? `${what}; it is left out, nothing takes its place` : `${what}; it is written as ${fresh}`;
}

/** Returns a line to copy: backslashes and quotes are as they are, only control characters are escaped. */
export function asWritten(line: string): string {
  return `\`${line.replaceAll(/\p{Cc}/gu, (char) => `\\x${char.charCodeAt(0).toString(16).padStart(2, '0')}`)}\``;
}

function shown(line: string): string {
  if (/authori[sz]ation|cookie|credential|key|passw|secret|token/i.test(line))
    return `${line.split(/\s+/, 2).join(' ').split(':', 1)[0]} …`;
  return line.length > 200 ? `${line.slice(0, 200)}…` : line;
}
