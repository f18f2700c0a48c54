/** One backend, several paths of health checks: the path is found by the name of the server that is checked. */
import { readWords } from '../../haproxy-config/words.ts';

/**
 * Returns the options of an HTTP check with rules that ask each of the named servers on a path of its own, and all others on `path`.
 * Returns undefined if the options have check steps of their own that such rules would break.
 */
export function withCheckPaths(
  options: string,
  path: string,
  namesByPath: ReadonlyMap<string, readonly string[]>,
): string | undefined {
  if (namesByPath.size === 0) return options;
  const lines = options.split('\n');
  const starts = lines.map((line) => readWords(line).slice(0, 2).join(' '));
  const option = starts.indexOf('option httpchk');
  const steps = lines.filter((_, at) => /^(?:http-check (?:send|connect)$|tcp-check )/.test(starts[at] ?? ''));
  const [send] = steps;
  if (option === -1 || steps.length > 1 || (send !== undefined && !SEND.test(send))) return undefined;
  const rules = pathRules(path, namesByPath);
  if (send === undefined) lines.splice(option + 1, 0, ...rules, `  http-check send ${URI}`);
  else lines.splice(lines.indexOf(send), 1, ...rules, withUri(send));
  return lines.join('\n');
}

const SEND = /^\s*http-check\s+send\b(?!-)/;
const URI = "uri-lf '%[var(check.path)]'";

function withUri(send: string): string {
  const given = /\suri(-lf)?\s+\S+/;
  return given.test(send) ? send.replace(given, () => ` ${URI}`) : send.replace(SEND, (word) => `${word} ${URI}`);
}

/** Names of servers begin with no slash, paths do: what is a path already is left alone by the rules that follow. */
function pathRules(path: string, namesByPath: ReadonlyMap<string, readonly string[]>): readonly string[] {
  const rules: string[] = [];
  const add = (pattern: string, to: string): void => {
    const from = rules.length === 0 ? 'srv_name' : 'var(check.path)';
    rules.push(`  http-check set-var(check.path) '${from},regsub("${pattern}",${to})'`);
  };
  for (const [own, names] of namesByPath) for (const some of inChunks(names)) add(`^(${some.join('|')})$`, own);
  add('^[^/].*$', path);
  return rules;
}

/** HAProxy reads lines of 2,047 characters. */
function inChunks(names: readonly string[]): readonly (readonly string[])[] {
  const chunks: string[][] = [];
  let length = Infinity;
  for (const name of names) {
    if (length + name.length > LONGEST) {
      chunks.push([]);
      length = 0;
    }
    chunks.at(-1)?.push(name);
    length += name.length + 1;
  }
  return chunks;
}

const LONGEST = 1400;
