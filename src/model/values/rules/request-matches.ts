/** Rules about requests: all of those of MATCH must hold, any of those of CANARY_MATCH is enough. */
import type { Parsed } from '../parsed.ts';
import { parseRules, type ReadRule, type Rules, splitRules } from './rules.ts';

/** What a request has: a method (`name` has them, separated by commas), or a header, a parameter of the query or a cookie; `value` is empty if any will do. */
export interface RequestMatch {
  readonly kind: 'method' | 'header' | 'query' | 'cookie';
  readonly name: string;
  readonly value: string;
}

/** Reads CANARY_MATCH. */
export function parseRequestMatches(text: string): Parsed<Rules<RequestMatch>> {
  return parseRules(splitRules(text), 20, readMatch);
}

/** Reads MATCH: few rules, as all of them stand in one line of HAProxy's. */
export function parseRequestConditions(text: string): Parsed<Rules<RequestMatch>> {
  const parsed = parseRules(splitRules(text), MOST_CONDITIONS, readMatch);
  if ('must' in parsed || parsed.value.rules.filter(({ kind }) => kind === 'method').length < 2) return parsed;
  return { must: 'must have one rule about the method, such as method GET,POST: a request has only one' };
}

const MOST_CONDITIONS = 5;

function readMatch(text: string): ReadRule<RequestMatch> {
  const [, methods] = /^method\s+([A-Za-z]{1,16}(?:\s*,\s*[A-Za-z]{1,16}){0,3})$/.exec(text) ?? [];
  if (methods !== undefined) {
    const name = methods.replaceAll(/\s/g, '').toUpperCase();
    return { rule: { kind: 'method', name, value: '' }, text: `method ${name}` };
  }
  const [, kind, name = '', value = ''] = /^(header|query|cookie)\s+([\w-]{1,64})(?:\s+([\w.:/@+=~-]{1,100}))?$/.exec(text) ?? [];
  if (kind === undefined) return { must: 'must have rules such as method POST; header X-Beta 1; query debug 1; cookie beta' };
  const rule = { kind: kind as RequestMatch['kind'], name, value };
  return { rule, text: describeMatch(rule) };
}

/** Returns a rule as labels have it. */
export function describeMatch({ kind, name, value }: RequestMatch): string {
  return [kind, name, value].join(' ').trim();
}

/** Returns whether each request of which `narrow` holds is one of which `wide` does. */
export function isImplied(wide: RequestMatch, narrow: RequestMatch): boolean {
  if (wide.kind !== narrow.kind) return false;
  if (wide.kind === 'method') return narrow.name.split(',').every((method) => wide.name.split(',').includes(method));
  return keyOf(wide) === keyOf(narrow) && (wide.value === '' || wide.value === narrow.value);
}

/** Returns whether no request can fit both. */
export function areApart(one: RequestMatch, other: RequestMatch): boolean {
  if (one.kind !== 'method' || other.kind !== 'method') return false;
  return !one.name.split(',').some((method) => other.name.split(',').includes(method));
}

/** Returns a text that is the same for rules of the same effect, whatever their order. */
export function matchKey(rules: readonly RequestMatch[]): string {
  const texts = rules.map((rule) => `${keyOf(rule)} ${rule.value}`.trim());
  return [...new Set(texts)].sort().join('; ');
}

/** HAProxy compares names of headers in any case of letters. */
function keyOf({ kind, name }: RequestMatch): string {
  if (kind === 'method') return `method ${name.split(',').sort().join(',')}`;
  return `${kind} ${kind === 'header' ? name.toLowerCase() : name}`;
}
