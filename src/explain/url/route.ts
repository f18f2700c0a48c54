/** Finds where a request goes, and why. */
import { linesOf } from '../../haproxy-config/words.ts';
import type { ConfigDocument, Section } from '../../render/document.ts';
import { mainIn } from '../../render/frontends/canaries.ts';
import { MATCHED } from '../../render/frontends/matched.ts';
import { isUnknown, evaluate, evaluateTerm, lookUp } from './evaluate.ts';
import { frontendAt, listenersOn } from './listeners.ts';
import type { ExplainedRequest } from './request.ts';
import { type Condition, type Rule, rulesOf, type RuleSet, type Verdict } from './rules.ts';

export interface Route {
  readonly request: ExplainedRequest;
  /** The steps of the request, in order: the listener, the password, the redirect. */
  readonly steps: readonly string[];
  /** Name of the backend that gets the request; undefined: none does. */
  readonly backend: string | undefined;
  /** The rule that decided. */
  readonly winner: Rule | undefined;
  /** Rules that nearly had it, in the order of HAProxy. */
  readonly losers: readonly Loser[];
}

export interface Loser {
  readonly rule: Rule;
  readonly why: Why;
}

export type Why =
  /** It holds, too, but another one before it did. */
  | { readonly kind: 'later' }
  /** Some terms hold, this one does not. */
  | { readonly kind: 'term'; readonly term: string }
  /** It would hold if the `Host` header had no port. */
  | { readonly kind: 'port-in-host' }
  /** Not known without asking HAProxy. */
  | { readonly kind: 'unknown' };

export function routeOf(document: ConfigDocument, request: ExplainedRequest): Route {
  const [listener, ...others] = listenersOn(document, request.port);
  const none = { request, backend: undefined, winner: undefined, losers: [] };
  if (listener === undefined) return { ...none, steps: [`nothing listens on port ${request.port}: the connection is refused`] };
  const steps = [`${listener.name} listens on port ${request.port}`];
  if (others.length > 0) steps.push(`so do ${others.map(({ name }) => name).join(', ')}: the first one is looked at`);
  const { section } = listener;
  if (section === undefined) return { ...none, steps: [...steps, 'that is no service but a part of the HEAD template'] };
  const isTls = listener.isTls || isTlsByName(section);
  if (isTls !== request.isTls) {
    steps.push(isTls ? 'it speaks TLS, the URL does not: take https://' : 'it speaks no TLS, the URL does: take http://');
    return { ...none, steps };
  }
  return through(section, document, request, steps);
}

/** With `--group-https-by-vhost` the port itself only reads the name out of the TLS hello. */
function isTlsByName(section: Section): boolean {
  return section.blocks.some(({ text }) => /\breq[_.]ssl_/.test(text));
}

function through(section: Section, document: ConfigDocument, request: ExplainedRequest, before: readonly string[]): Route {
  const set = rulesOf(section, document.files);
  const steps = [...before];
  const losers: Loser[] = [];
  let winner: Rule | undefined;
  let backend: string | undefined;
  let ended = false;
  for (const rule of set.rules) {
    const outcome = outcomeOf(rule, set, document, request);
    noteVariable(rule, outcome.verdict, set);
    if (outcome.verdict !== 'yes' || ended) {
      const why = whyNot(rule, outcome.verdict, set, request);
      if (why !== undefined && rule.kind !== 'http-request') losers.push({ rule, why });
      continue;
    }
    if (rule.kind === 'use_backend') {
      [winner, backend, ended] = [rule, outcome.backend, true];
    } else {
      const step = stepOf(rule, request);
      if (step !== undefined) steps.push(step.text);
      if (step?.ends) [winner, ended] = [rule, true];
    }
  }
  if (!ended && set.defaultBackend !== undefined) {
    steps.push('no rule holds: the default backend gets it');
    backend = set.defaultBackend;
  } else if (!ended) steps.push('no rule holds: HAProxy answers 503');
  const route = { request, steps, backend, winner, losers };
  return backend === undefined ? route : followed(route, document);
}

/** Keeps whether a rule with MATCH takes the request: logins and redirects ask for it. */
function noteVariable({ kind, words: [action = ''] }: Rule, verdict: Verdict, { variables }: RuleSet): void {
  if (kind !== 'http-request' || verdict === 'no') return;
  if (action === `set-var(${MATCHED})`) variables.set(MATCHED, verdict);
  if (action === `unset-var(${MATCHED})`) variables.set(MATCHED, verdict === 'yes' ? 'no' : 'unknown');
}

interface Outcome {
  readonly verdict: Verdict;
  readonly backend?: string;
}

function outcomeOf(rule: Rule, set: RuleSet, document: ConfigDocument, request: ExplainedRequest): Outcome {
  const verdict = evaluate(rule.condition, set, request);
  const [target = ''] = rule.words;
  if (rule.kind !== 'use_backend' || verdict !== 'yes') return { verdict };
  if (!target.startsWith('%[')) return { verdict, backend: target };
  const main = mainIn(target);
  if (main !== undefined) return { verdict, backend: main };
  const found = lookUp(target, request, document.files);
  if (isUnknown(found)) return { verdict: 'unknown' };
  // A name that no backend has is passed over.
  return found === undefined || !hasBackend(document, found) ? { verdict: 'no' } : { verdict, backend: found };
}

function hasBackend(document: ConfigDocument, name: string): boolean {
  return document.sections.some((section) => section.kind === 'backend' && section.name === name);
}

/** Returns the effect of an `http-request` or `redirect` that matches; undefined: it does not decide where the request goes. */
function stepOf(rule: Rule, request: ExplainedRequest): { readonly text: string; readonly ends: boolean } | undefined {
  const [action, ...words] = rule.words;
  const by = rule.owner === undefined ? '' : ` (${rule.owner.app})`;
  if (rule.kind === 'redirect') {
    const code = rule.words.includes('code') ? rule.words[rule.words.indexOf('code') + 1] : '302';
    const target = action === 'scheme' ? request.url.replace(/^http:/, `${words[0]}:`) : (words[0] ?? '');
    return {
      text: `it is answered with a redirect (${code}) to ${target}${by}`,
      ends: true,
    };
  }
  if (action === 'auth') return { text: `user and password are asked for (401); after that it goes on${by}`, ends: false };
  if (action === 'deny' || action === 'reject' || action === 'tarpit' || action === 'return' || action === 'redirect')
    return { text: `it ends there: ${rule.text}${by}`, ends: true };
  return undefined;
}

function whyNot(rule: Rule, verdict: Verdict, set: RuleSet, request: ExplainedRequest): Why | undefined {
  if (verdict === 'yes') return { kind: 'later' };
  if (verdict === 'unknown') return { kind: 'unknown' };
  if (rule.condition === undefined) return undefined;
  const bare = { ...request, host: request.name };
  if (request.host !== bare.host && evaluate(rule.condition, set, bare) === 'yes') return { kind: 'port-in-host' };
  const term = failingTerm(rule.condition, set, bare);
  return term === undefined ? undefined : { kind: 'term', term };
}

/** Returns the term that fails while others match: rules without any match are about something else. */
function failingTerm({ anyOf }: Condition, set: RuleSet, request: ExplainedRequest): string | undefined {
  for (const terms of anyOf) {
    const positive = terms.filter((term) => !term.negated);
    const failing = positive.filter((term) => evaluateTerm(term, set, request) === 'no');
    const [first] = failing;
    if (first === undefined || failing.length === positive.length) continue;
    const tests = typeof first.what === 'string' ? (set.acls.get(first.what) ?? []) : [first.what];
    return tests.map(({ sample, patterns }) => [sample, ...patterns].join(' ')).join(' or ');
  }
  return undefined;
}

/** A backend that leads to another frontend of the same HAProxy (`--group-https-by-vhost`): on with that one. */
function followed(route: Route, document: ConfigDocument): Route {
  const backend = document.sections.find(({ kind, name }) => kind === 'backend' && name === route.backend);
  if (backend === undefined || backend.owner !== undefined) return route;
  const [[, , address] = []] = backend.blocks.flatMap(({ text }) => linesOf(text, 'server'));
  const next = address?.startsWith('abns@') ? frontendAt(document, address) : undefined;
  if (next === undefined) return route;
  return through(next, document, route.request, [...route.steps, `by the name in the TLS hello to frontend ${next.name}`]);
}
