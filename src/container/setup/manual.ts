import { defaultOf, flagsOf, type OptionRow } from '../../config/options/row.ts';
import { runOptions, variables } from './variables.ts';

/** `docs/reference/run.md`. */
export function runManual(): string {
  const modes = [
    ['`run sse`', "follows Marathon's event stream (the default)"],
    ['`run poll`', 'reads Marathon every `POLL_INTERVAL` seconds'],
    [
      '`run event ADDRESS:PORT`',
      'is called back by Marathon (up to 1.4) at this address; listens on this port, or where `--listening` says',
    ],
  ];
  const options = (runOptions as readonly OptionRow[]).map((row) => [
    `\`${flagsOf(row)}\``,
    `\`${defaultOf(row) ?? ''}\``,
    row.help,
  ]);
  const environment = Object.entries(variables).map(([name, effect]) => [`\`${name}\``, effect]);
  return [
    '# marathon-lb run\n',
    'Runs HAProxy as its child and keeps it right. A wrong variable ends it with status 1 and a sentence that names it, before anything starts.\n',
    table(['mode', 'what it does'], modes),
    'Besides these it has the [options](options.md) of the direct invocation, except `--sse`, `--command`, `--master-socket`, `--callback-url` and `--dry`. `--log-level` is INFO if it is not given.\n',
    table(
      ['option', 'default', 'meaning'],
      options.map(([flags = '', preset = '', help = '']) => [flags, preset === '``' ? '' : preset, help]),
    ),
    '## Environment variables\n',
    table(['variable', 'effect'], environment),
  ].join('\n');
}

function table(heads: readonly string[], rows: readonly (readonly string[])[]): string {
  const lines = [heads, heads.map(() => '---'), ...rows].map((cells) => `| ${cells.join(' | ')} |\n`);
  return lines.join('');
}
