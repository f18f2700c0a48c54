/**
 * Blots out what configuration lines keep secret: passwords of userlists and of the statistics page. Those of userlists up to the end
 * of the line: a password with a blank in it is what HAProxy refuses, and its line is shown then.
 */
export function redact(text: string): string {
  return text
    .replaceAll(/(\buser[ \t]+\S+.*?[ \t](?:insecure-)?password[ \t]+).+/g, '$1[redacted]')
    .replaceAll(/(\bstats[ \t]+auth[ \t]+[^\s:]+:)\S+/g, '$1[redacted]');
}
