import type { Parsed } from '../parsed.ts';
import { parseRules, type ReadRule, type Rules } from './rules.ts';

/** What is done with a header; `value` is empty for `del`. */
export interface HeaderRule {
  readonly verb: 'set' | 'add' | 'del';
  readonly name: string;
  readonly value: string;
}

/** Reads REQUEST_HEADERS and RESPONSE_HEADERS: `set NAME: value`, `add NAME: value` and `del NAME`. */
export function parseHeaderRules(text: string): Parsed<Rules<HeaderRule>> {
  // Values may have semicolons: only before a verb one begins a rule.
  const texts = text.split(/\n|;(?=\s*(?:set|add|del)\s)/).map((rule) => rule.trim().replace(/\s*;$/, ''));
  return parseRules(
    texts.filter((rule) => rule !== ''),
    100,
    readHeaderRule,
  );
}

function readHeaderRule(text: string): ReadRule<HeaderRule> {
  const [, deleted] = /^del\s+([\w-]{1,100})$/.exec(text) ?? [];
  const [, verb, name = deleted ?? '', value = ''] = /^(set|add)\s+([\w-]{1,100})\s*:\s*(\S(?:.*\S)?)$/.exec(text) ?? [];
  if (name === '') return { must: 'must have rules such as set X-Env: prod; add Vary: Origin; del X-Debug' };
  if (FRAMING.has(name.toLowerCase())) return { must: `must be without ${name}: HAProxy needs it to find the end of a message` };
  if (!/^[ -~]{0,1000}$/.test(value)) return { must: 'must have values of at most 1000 ASCII characters' };
  if (/\\|%\[|\$\{/.test(value)) return { must: 'must have values without \\, %[ and ${: they are sent as they are' };
  if (deleted !== undefined) return { rule: { verb: 'del', name, value: '' }, text: `del ${name}` };
  return { rule: { verb: verb as 'set' | 'add', name, value }, text: `${verb} ${name}: ${value}` };
}

/** Without them, or with others, a message would end elsewhere for the next program than for HAProxy. */
const FRAMING: ReadonlySet<string> = new Set([
  'content-length',
  'transfer-encoding',
  'connection',
  'keep-alive',
  'upgrade',
  'te',
  'trailer',
]);
