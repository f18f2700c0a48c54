import { type Command, Option } from 'commander';
import { type OptionRow, defaultOf, flagsOf } from './option-row.ts';
import { type OptionName, options } from './options.ts';

/** Puts options of the table (all, or those named) on a command; values stay texts until `readValues` reads them. */
export function addOptions(command: Command, names?: readonly OptionName[]): Command {
  for (const row of options as readonly OptionRow[]) {
    if (row.builtin || (names && !(names as readonly string[]).includes(row.name))) continue;
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
