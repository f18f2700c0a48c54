/** Blots out what configuration lines keep secret: passwords of userlists and of the statistics page. */
export function redact(text: string): string {
  return text
    .replaceAll(/(\buser[ \t]+\S+.*?[ \t](?:insecure-)?password[ \t]+)\S+/g, '$1[redacted]')
    .replaceAll(/(\bstats[ \t]+auth[ \t]+[^\s:]+:)\S+/g, '$1[redacted]');
}
