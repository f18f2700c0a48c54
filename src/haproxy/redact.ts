/**
 * Blots out what configuration lines keep secret, for the log, the history and refusals: passwords of userlists and of the statistics page,
 * credentials in headers, checks and addresses, keys of tokens. Mostly up to the end of the line, as a value with a blank in it is what
 * HAProxy refuses, and its line is shown then. `lua/getconfig.lua` does the same where this program does not run.
 */
export function redact(text: string): string {
  return text.split('\n').map(redactLine).join('\n');
}

function redactLine(line: string): string {
  let shown = line;
  for (const pattern of SECRETS) shown = shown.replace(pattern, '$1[redacted]');
  for (const named of shown.matchAll(NAMED)) {
    const end = named.index + named[0].length;
    if (SECRET_NAME.test(named[1] ?? '') && end < shown.length) {
      shown = `${shown.slice(0, end)}[redacted]`;
      break;
    }
  }
  return shown
    .replaceAll(/(jwt_verify\([^,)]*,)[^)]*/g, '$1[redacted]')
    .replaceAll(/:\/\/[^/\s@:]*:[^/\s@]*@/g, '://[redacted]@');
}

/** What stands before a secret, and the rest of the line. */
const SECRETS: readonly RegExp[] = [
  /(\buser[ \t]+\S+.*?[ \t](?:insecure-)?password[ \t]+).+/,
  /(\bstats[ \t]+auth[ \t]+[^\s:]+:).+/,
  // A header in an action, a condition, http-check or option httpchk, with quotes and escaped blanks or without.
  /(authorization["')\]:,\\]*[ \t]+).+/i,
  /(\btcp-check[ \t]+send\S*[ \t]+["']?auth).+/i,
];

/** Headers and variables; their values follow. */
const NAMED = /(?:-header|\bhdr|\b(?:pre)?setenv)[ \t]+(\S+)[ \t]+/gi;

const SECRET_NAME = /token|secret|passw|api-?_?key/i;
