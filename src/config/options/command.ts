import { type Command, Option } from 'commander';
import { type OptionRow, defaultOf, flagsOf } from './row.ts';
import { type OptionName, options } from './all-options.ts';

/** Puts options of the table (all, or those named) on a command; values stay texts until `readValues` reads them. */
export function addOptions(command: Command, names?: readonly OptionName[]): Command {
  const rows = options as readonly OptionRow[];
  return addRows(command, names === undefined ? rows : rows.filter(({ name }) => (names as readonly string[]).includes(name)));
}

/** The same for rows of another table. */
export function addRows(command: Command, rows: readonly OptionRow[]): Command {
  for (const row of rows) {
    if (row.builtin) continue;
    const preset = defaultOf(row);
    const option = new Option(flagsOf(row), preset === undefined ? row.help : `${row.help} (default: ${preset})`);
    option.helpGroup(`${row.section}:`);
    if (row.kind === 'texts' && !row.variadic) option.argParser(collect);
    command.addOption(option);
  }
  return command;
}

function collect(value: string, before: readonly string[] | undefined): readonly string[] {
  return [...(before ?? []), value];
}
