import type { OptionRow } from './row.ts';

/** What is printed instead. */
export const helpOptions = [
  {
    name: 'longhelp',
    kind: 'flag',
    help: 'print the manual (options, templates, labels) as Markdown and exit',
    section: 'Help',
    since: '1.15',
  },
  { name: 'version', kind: 'flag', help: 'print the version and exit', section: 'Help', since: 'new', builtin: true },
  { name: 'help', short: 'h', kind: 'flag', help: 'print the usage and exit', section: 'Help', since: '1.15', builtin: true },
] as const satisfies readonly OptionRow[];
