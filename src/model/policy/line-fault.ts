import { readWords, sureWords } from '../../haproxy-config/words.ts';
import { DIRECTIVES, SERVER_WORDS } from './directives.ts';
import { FORBIDDEN } from './forbidden.ts';

/**
 * Returns why a line of a backend must not stand in a label's template with `--label-policy safe`; undefined: it may. The line is
 * compared as HAProxy reads it; placeholders for values of the task (`{host_ipv4}`) are not filled in.
 */
export function lineFault(line: string): string | undefined {
  const seen = known.get(line);
  if (seen !== undefined) return seen === '' ? undefined : seen;
  const words = readWords(line);
  const fault = words.length === 0 ? undefined : (forbiddenIn(line, words) ?? unlistedIn(words));
  if (known.size >= MOST_KNOWN) known.clear();
  if (line.length <= LONG) known.set(line, fault ?? '');
  return fault;
}

/** Faults by line: thousands of apps have the same lines. */
const known = new Map<string, string>();
const MOST_KNOWN = 20_000;
const LONG = 500;

/** Returns why the words that are added to a `server` line must not stand there; undefined: they may. */
export function serverWordsFault(line: string): string | undefined {
  const words = readWords(line);
  return forbiddenIn(line, words) ?? unlistedServerWord(words, 0);
}

function forbiddenIn(line: string, words: readonly string[]): string | undefined {
  if (CONTROL.test(line) || words.some((word, at) => CONTROL.test(isText(words, at) ? word.replaceAll(/[\r\n]/g, '') : word)))
    return 'has control characters';
  // A quote that is not closed, or a variable of the environment: what HAProxy reads is not known here.
  if (sureWords(line) === undefined) return 'has a variable of the environment, or a quote or escape without its end';
  const lower = words.map((word) => word.toLowerCase());
  const text = `${lower.join(' ')} ${line.toLowerCase()}`;
  const calls = Array.from(lower.join(' ').matchAll(CALL), ([, name = '', rest = '']) => `${name}(${rest}`);
  const row = FORBIDDEN.find(
    (each) =>
      each.words?.some((word) => lower.includes(word) || words.includes(word)) === true ||
      each.text?.test(text) === true ||
      (each.calls !== undefined && calls.some((call) => each.calls?.test(call))),
  );
  return row && `has one of ${row.what}: it ${row.why}`;
}

/** All but a tab. */
const CONTROL = /[^\t\P{Cc}]/u;

/** Whether a word is sent as a body, or to a task: it may have several lines. */
function isText(words: readonly string[], at: number): boolean {
  const isSent = words[0] === 'tcp-check' || (words[0] === 'option' && words[1] === 'httpchk');
  return isSent || (/^(?:lf-)?string$/.test(words[at - 1] ?? '') && words[at - 2] !== 'hdr');
}

/** A name with what follows its parenthesis, up to the end of the first argument. */
const CALL = /(?<![\w.])([\w.]+)\s*\(([^,)]*[,)]?)/g;

/** Addresses that a `server` line may have: the task's own, by its host's address or name. */
const TASK: ReadonlySet<string> = new Set(['{host_ipv4}:{port}', '{host}:{port}']);

function unlistedIn(words: readonly string[]): string | undefined {
  if (words[0] === 'server') {
    if (!TASK.has(words[2] ?? '')) return 'leads to elsewhere than {host_ipv4}:{port}, the task';
    return unlistedServerWord(words, 3);
  }
  const named = words.map((word) => word.replace(/^set-var\((?:txn|req|res)\.(?!log_)[\w.]+\)$/, 'set-var(txn.name)'));
  const plain = named[0] === 'no' && named[1] === 'option' ? named.slice(1) : named;
  const row = rowOf(plain);
  if (row === undefined) return `is not in the list: ${alternatives(plain[0] as string)}`;
  if (row.words === 'default-server') return unlistedServerWord(plain, 1);
  const rest = plain.slice(row.words.split(' ').length).join(' ');
  return row.only === undefined || row.only.test(rest) ? undefined : `may only be like "${row.words} ${row.example}"`;
}

function unlistedServerWord(words: readonly string[], from: number): string | undefined {
  for (let at = from; at < words.length; at += 1) {
    const word = words[at] as string;
    const count = Object.hasOwn(SERVER_WORDS, word) ? SERVER_WORDS[word] : undefined;
    if (count === undefined) return `has "${word.slice(0, 40)}", which is not in the list of words for servers`;
    at += count;
  }
  return undefined;
}

const BY_WORDS = new Map(DIRECTIVES.map((row) => [row.words, row]));

function rowOf(words: readonly string[]): (typeof DIRECTIVES)[number] | undefined {
  return [3, 2, 1].map((count) => BY_WORDS.get(words.slice(0, count).join(' '))).find((row) => row !== undefined);
}

/** Returns what a line may be instead: directives with the same first word, or all first words. */
function alternatives(first: string): string {
  const same = DIRECTIVES.filter(({ words }) => words.startsWith(`${first} `)).map(({ words }) => words.slice(first.length + 1));
  if (same.length > 0) return `after "${first}" may come ${same.join(', ')}`;
  return `a line may begin with ${[...new Set(DIRECTIVES.map(({ words }) => words.split(' ')[0]))].join(', ')}`;
}
