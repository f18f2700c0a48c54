import type { OptionRow } from './row.ts';
import { type OptionName, type Values, options } from './all-options.ts';
import { UsageError } from '../usage-error.ts';

export interface ReadValues {
  readonly values: Values;
  /** Options of the command line: those that do not come from a default or the environment. */
  readonly given: ReadonlySet<OptionName>;
}

/**
 * Reads what the command line library found (`command.opts()`) into values of the table's types, with defaults of the environment and
 * the table. Throws `UsageError`.
 */
export function readValues(raw: Readonly<Record<string, unknown>>, env: Env, platform: string = 'linux'): ReadValues {
  const values: Record<string, unknown> = {};
  const given = new Set<OptionName>();
  for (const row of options) {
    const found = foundFor(row, raw);
    if (found !== undefined) given.add(row.name);
    values[row.name] = found === undefined ? presetOf(row, env, platform) : read(row, found);
  }
  return { values: values as unknown as Values, given };
}

/** The value of one option, of this table or another. Throws `UsageError`. */
export function readRow(row: OptionRow, raw: Readonly<Record<string, unknown>>, env: Env, platform: string = 'linux'): unknown {
  const found = raw[attributeOf(row.name)];
  return found === undefined ? presetOf(row, env, platform) : read(row, found);
}

/** Environment variables, as a parameter. */
export type Env = Readonly<Record<string, string | undefined>>;

/** The library takes `--no-x` as `x` set to false (and `x` as true if it is not given). */
function foundFor(row: OptionRow, raw: Readonly<Record<string, unknown>>): unknown {
  if (!row.name.startsWith('no-')) return raw[attributeOf(row.name)];
  return raw[attributeOf(row.name.slice(3))] === false ? true : undefined;
}

/** Returns the name that the command line library gives an option: `haproxyConfig`. */
export function attributeOf(name: string): string {
  return name.replace(/-(.)/g, (_, letter: string) => letter.toUpperCase());
}

function presetOf(row: OptionRow, env: Env, platform: string): unknown {
  const fromEnv = row.env === undefined ? undefined : env[row.env];
  if (fromEnv !== undefined && fromEnv !== '') return fromEnv;
  if (row.darwin !== undefined && platform === 'darwin') return row.darwin;
  if (row.default !== undefined) return row.default;
  if (row.kind === 'flag') return false;
  return row.kind === 'texts' ? [] : undefined;
}

function read(row: OptionRow, found: unknown): unknown {
  if (row.kind === 'flag') return found === true;
  if (row.bare !== undefined && found === true) return row.bare;
  const texts = (Array.isArray(found) ? found : [found]).map(String);
  for (const text of texts) refuseOption(row, text);
  if (row.kind === 'texts') return texts;
  const [text = ''] = texts;
  if (row.choices !== undefined && !row.choices.includes(text)) {
    throw new UsageError(`option --${row.name}: '${text}' is none of ${row.choices.join(', ')}`);
  }
  return row.kind === 'text' ? text : readNumber(row, text);
}

/** `-m --sse` gives the option the value `--sse`: reported here, before it is misread. */
function refuseOption(row: OptionRow, text: string): void {
  const known = (options as readonly OptionRow[]).some(
    (o) => text === `--${o.name}` || (o.short !== undefined && text === `-${o.short}`),
  );
  if (known) throw new UsageError(`option --${row.name} needs a value (<${row.value}>), but the option ${text} follows it`);
}

function readNumber(row: OptionRow, text: string): number {
  const pattern = row.kind === 'integer' ? /^[+-]?\d{1,15}$/ : /^[+-]?(\d{1,15}(\.\d*)?|\.\d+)$/;
  const value = Number(text);
  const { min = -Infinity, max = Infinity } = row;
  if (!pattern.test(text) || value < min || value > max) {
    throw new UsageError(`option --${row.name}: '${text}' is not ${expected(row)}`);
  }
  return value;
}

function expected({ kind, min, max }: OptionRow): string {
  const noun = kind === 'integer' ? 'a whole number' : 'a number of seconds';
  if (min === undefined) return noun;
  return max === undefined ? `${noun} of at least ${min}` : `${noun} from ${min} to ${max}`;
}
