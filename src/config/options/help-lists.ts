import type { Command } from 'commander';

/** A heading, and terms with what they mean. */
export type HelpList = readonly [heading: string, items: readonly (readonly [term: string, text: string])[]];

/** Returns lists for the end of a command's help, wrapped as the library wraps options. */
export function helpLists(command: Command, lists: readonly HelpList[]): string {
  const helper = command.createHelp();
  helper.prepareContext({ error: false, helpWidth: command.configureOutput().getOutHelpWidth?.() ?? 80 });
  return lists.map(([heading, items]) => `\n${heading}\n${items.map((item) => shown(item)).join('')}`).join('');

  function shown([term, text]: readonly [string, string]): string {
    // A long term has its text below it.
    const width = Math.min(WIDEST, Math.max(...lists.flatMap(([, items]) => items.map(([each]) => each.length))));
    if (term.length > width) return `  ${term}\n${helper.formatItem('', width, text, helper)}\n`;
    return `${helper.formatItem(term, width, text, helper)}\n`;
  }
}

const WIDEST = 24;
