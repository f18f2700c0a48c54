/** The rules of a frontend as HAProxy reads them (configuration manual, sections 2.2, 4 and 7): the directives that decide where a request goes. */
import { readWords } from '../../haproxy-config/words.ts';
import type { DocumentFile } from '../../render/files/kinds.ts';
import type { Owner, Section } from '../../render/document.ts';

/** Whether something holds, as far as that can be said. */
export type Verdict = 'yes' | 'no' | 'unknown';

export interface RuleSet {
  /** ACLs by name: several lines with one name are alternatives, in any order in the section. */
  readonly acls: ReadonlyMap<string, readonly Test[]>;
  /** In the order in which HAProxy runs them: `http-request`, `redirect`, `use_backend`. */
  readonly rules: readonly Rule[];
  readonly defaultBackend: string | undefined;
  /** Whether each variable that rules set on the way has a value. */
  readonly variables: Map<string, Verdict>;
  /** The values of look-ups. */
  readonly files: readonly DocumentFile[];
}

export interface Rule {
  readonly kind: 'http-request' | 'redirect' | 'use_backend';
  /** Words between the directive and its condition. */
  readonly words: readonly string[];
  /** Alternatives of terms that must all hold; undefined: always. */
  readonly condition: Condition | undefined;
  readonly owner: Owner | undefined;
  /** The line, without indentation. */
  readonly text: string;
}

export interface Condition {
  readonly unless: boolean;
  readonly anyOf: readonly (readonly Term[])[];
}

export interface Term {
  readonly negated: boolean;
  /** Name of an ACL, or a test written out in braces. */
  readonly what: string | Test;
}

/** `hdr(host) -i shop.example.com`. */
export interface Test {
  readonly sample: string;
  readonly ignoreCase: boolean;
  /** Of `-m`, such as `beg`; undefined: that of the sample. */
  readonly method: string | undefined;
  /** A flag that is not known here: the test cannot be decided. */
  readonly strange: boolean;
  readonly patterns: readonly string[];
}

export function rulesOf(section: Section, files: RuleSet['files']): RuleSet {
  const acls = new Map<string, Test[]>();
  const rules: Rule[] = [];
  let defaultBackend: string | undefined;
  for (const { owner = section.owner, text } of section.blocks) {
    for (const line of text.split('\n')) {
      const [directive = '', ...words] = readWords(line);
      const [first] = words;
      if (directive === 'acl' && first !== undefined) acls.set(first, [...(acls.get(first) ?? []), testOf(words.slice(1))]);
      else if (directive === 'default_backend') defaultBackend = first;
      else if (isRule(directive)) rules.push({ kind: directive, ...split(words), owner, text: line.trim() });
    }
  }
  return {
    acls,
    rules: rules.sort((a, b) => ORDER.indexOf(a.kind) - ORDER.indexOf(b.kind)),
    defaultBackend,
    variables: new Map(),
    files,
  };
}

const ORDER: readonly Rule['kind'][] = ['http-request', 'redirect', 'use_backend'];

function isRule(directive: string): directive is Rule['kind'] {
  return (ORDER as readonly string[]).includes(directive);
}

function split(words: readonly string[]): Pick<Rule, 'words' | 'condition'> {
  const at = words.findIndex((word) => word === 'if' || word === 'unless');
  if (at < 0) return { words, condition: undefined };
  return { words: words.slice(0, at), condition: { unless: words[at] === 'unless', anyOf: alternativesOf(words.slice(at + 1)) } };
}

function alternativesOf(words: readonly string[]): Term[][] {
  const anyOf: Term[][] = [[]];
  let negated = false;
  for (let at = 0; at < words.length; at += 1) {
    const word = words[at] as string;
    const bare = word.replace(/^!/, '');
    if (word === 'or' || word === '||') anyOf.push([]);
    else if (word === '!') negated = !negated;
    else {
      const isNegated = negated !== word.startsWith('!');
      negated = false;
      let what: Term['what'] = bare;
      if (bare === '{') {
        const end = words.indexOf('}', at);
        what = testOf(words.slice(at + 1, end < 0 ? undefined : end));
        at = end < 0 ? words.length : end;
      }
      anyOf.at(-1)?.push({ negated: isNegated, what });
    }
  }
  return anyOf;
}

function testOf(words: readonly string[]): Test {
  const [sample = '', ...rest] = words;
  let ignoreCase = false;
  let method: string | undefined;
  let strange = false;
  while (rest[0]?.startsWith('-')) {
    const flag = rest.shift();
    if (flag === '--') break;
    if (flag === '-i') ignoreCase = true;
    else if (flag === '-m') method = rest.shift();
    else strange = true;
  }
  return { sample, ignoreCase, method, strange, patterns: rest };
}
