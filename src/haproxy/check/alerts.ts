import type { Bind } from '../../haproxy-config/wanted-binds.ts';
import { redact } from '../../haproxy-config/redact.ts';

/** One alert of HAProxy, with its place if HAProxy names it. */
export interface Alert {
  /** Line of the checked file, from 1; undefined if HAProxy names none, or one of another file. */
  readonly line?: number | undefined;
  /** That line, trimmed, passwords redacted; undefined if it was not looked up. */
  readonly text?: string | undefined;
  /** Frontends and backends that the message calls by that name, in its order. */
  readonly proxies: readonly string[];
  /** Everything else in quotes: a backend that was not found, a keyword. */
  readonly mentions: readonly string[];
  /** HAProxy's words without level, process id and place; further lines are joined by a blank, passwords blotted out. */
  readonly message: string;
  /** The address that is in use or not local; undefined if the alert is about something else. */
  readonly bind?: Bind | undefined;
}

/**
 * Reads the alerts out of what `haproxy -c -f file` printed; warnings, notices and the summaries at the end are left out.
 * Forms of 2.6 to 3.4: `config : parsing [F:L] : …`, `Parsing [F:L]: …`, `[F:L] : 'server b/s' : …`, `Proxy 'p': …`
 * and `Proxy 'p': … for bind 'B' at [F:L]…`, with and without `config : `.
 */
export function readAlerts(output: string, file: string): Alert[] {
  return entriesOf(output)
    .filter((entry) => entry.level === 'ALERT' && !SUMMARY.test(entry.text))
    .map((entry) => readAlert(entry.text, file));
}

/** Reads what HAProxy says of addresses that it could not bind when it started: `Binding [F:L] for frontend f: …` (2.6 to 3.4). */
export function readStartAlerts(output: string): Alert[] {
  return Array.from(output.matchAll(/\bBinding \[[^\]\n]*?:(\d+)\] for (?:frontend|proxy|listen) (\S+): ([^\n]*)/g), (match) => {
    const [, line, proxy = '', message = ''] = match;
    return { line: Number(line), proxies: [proxy], mentions: [], message: redact(message.trim()) };
  });
}

/** Reads the warnings in the same way, without those that only sum up; HAProxy takes the configuration in spite of them. */
export function readWarnings(output: string, file: string): Alert[] {
  return entriesOf(output)
    .filter((entry) => entry.level === 'WARNING')
    .map((entry) => readAlert(entry.text, file));
}

/** Returns those of HAProxy's alerts that say which addresses it could not bind, each once. */
export function startWordsIn(alerts: readonly string[]): string {
  return [...new Set(alerts.filter((line) => /\bBinding \[/.test(line)))].join('\n');
}

const SUMMARY = /^(Error\(s\) found in configuration file|Fatal errors found in configuration|too many fatal errors)/;
const ENTRY = /^\[([A-Z]+)\]\s+(?:\d+\/\d+\s+)?\(\d+\)\s*:\s*(?:config\s*:\s*)?(.*)$/;
const PLACE = /^(?:[Pp]arsing )?\[(.+?):(\d+)\]\s*:\s*/;
/** The place in the middle of a sentence, as of a bind: it stays there. */
const PLACE_INSIDE = /\bat \[([^\]\s]+):(\d+)\]/;
/** `Proxy 'f'`, `backend 'b'`, `in frontend 'f'`, `'server b/s'`, `server b/s`. */
const PROXY = /\b(?:proxy|frontend|backend|listen) '([^']+)'|\bserver '?([^\s'/]+)\/[^\s']+/gi;
const QUOTED = /'([^']+)'/g;

function entriesOf(output: string): { level: string; text: string }[] {
  const entries: { level: string; text: string }[] = [];
  for (const line of output.split('\n')) {
    const match = ENTRY.exec(line);
    const last = entries.at(-1);
    if (match?.[1] !== undefined) entries.push({ level: match[1], text: match[2] ?? '' });
    else if (last !== undefined && line.trim() !== '' && line.trim() !== '^') last.text += ` ${line.trim()}`;
  }
  return entries;
}

function readAlert(text: string, file: string): Alert {
  const place = PLACE.exec(text);
  const found = place ?? PLACE_INSIDE.exec(text);
  const here = found?.[1] === file;
  const message = redact(place !== null && here ? text.slice(place[0].length) : text);
  const proxies = [...message.matchAll(PROXY)].flatMap((match) => match[1] ?? match[2] ?? []);
  const mentions = [...message.matchAll(QUOTED)].flatMap((match) => match[1] ?? []);
  return {
    ...(here ? { line: Number(found[2]) } : {}),
    proxies: [...new Set(proxies)],
    mentions: [...new Set(mentions)].filter((mention) => !proxies.includes(mention)),
    message,
  };
}
