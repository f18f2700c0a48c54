/** How HAProxy reads the sections of a configuration: pure text, no files. */

/** Keywords that begin a section in HAProxy 2.6 to 3.4 (configuration manual, sections 2 to 4 and 12). */
export const SECTION_KEYWORDS: ReadonlySet<string> = new Set([
  'acme',
  'backend',
  'cache',
  'crt-store',
  'defaults',
  'fcgi-app',
  'frontend',
  'global',
  'http-errors',
  'listen',
  'log-forward',
  'log-profile',
  'mailers',
  'namespace_list',
  'peers',
  'program',
  'resolvers',
  'ring',
  'traces',
  'userlist',
]);

/** Returns the text of the last section of a kind, from its keyword to the next section; empty if there is none. */
export function lastSection(kind: string, text: string): string {
  const starts = [...text.matchAll(/^[ \t]*(\S+)/gm)].filter(([, word = '']) => SECTION_KEYWORDS.has(word));
  const last = starts.findLastIndex(([, word]) => word === kind);
  return last < 0 ? '' : text.slice(starts[last]?.index, starts[last + 1]?.index);
}
