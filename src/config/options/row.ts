/** One option of the command line. `--help`, `--longhelp`, `docs/reference/options.md` and the parser are made from these rows. */
export interface OptionRow {
  /** Long name without dashes. */
  readonly name: string;
  readonly short?: string;
  /** `texts`: may be given several times; with `variadic` also several values in a row. `seconds`: decimals allowed. */
  readonly kind: 'flag' | 'text' | 'texts' | 'integer' | 'seconds';
  readonly variadic?: true;
  /** The name of the value in the usage; flags have none. */
  readonly value?: string;
  /** What a text is if the option is given without one. */
  readonly bare?: string;
  /** The values that a text may have; others are a usage error. */
  readonly choices?: readonly string[];
  readonly default?: string | number | readonly string[];
  /** Only on this platform (`process.platform`), in place of `default`. */
  readonly darwin?: string;
  /** Environment variable that is used if the option is not given. */
  readonly env?: string;
  readonly min?: number;
  readonly max?: number;
  readonly help: string;
  readonly section: Section;
  readonly since: '1.15' | 'new';
  /** Handled by the command line library itself. */
  readonly builtin?: true;
}

/** Headings of the usage, in their order. */
export type Section =
  | 'Marathon'
  | 'Services'
  | 'Frontends'
  | 'ACME'
  | 'HAProxy'
  | 'Running'
  | 'Deployment'
  | 'Canary'
  | 'Logging'
  | 'Help';

/** How an option is written in the usage: `-c, --command <command>`. */
export function flagsOf(row: OptionRow): string {
  const value =
    row.value === undefined ? '' : row.bare === undefined ? ` <${row.value}${row.variadic ? '...' : ''}>` : ` [${row.value}]`;
  return `${row.short === undefined ? '' : `-${row.short}, `}--${row.name}${value}`;
}

/** The default in words: `300`, `env NAME`; undefined if there is none. */
export function defaultOf(row: OptionRow): string | undefined {
  const parts: string[] = [];
  if (row.default !== undefined) parts.push(typeof row.default === 'object' ? row.default.join(' ') : String(row.default));
  if (row.darwin !== undefined) parts.push(`macOS ${row.darwin}`);
  if (row.env !== undefined) parts.push(`env ${row.env}`);
  return parts.length === 0 ? undefined : parts.join(', ');
}
