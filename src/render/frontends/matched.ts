/** Logins and redirects of the shared frontends, which must not be for requests that a rule with MATCH takes before. */
import { readHosts } from '../../model/conflicts/claimed-hosts.ts';
import { isRuleTemplate } from '../../model/lint/unreachable-rules.ts';
import type { ServiceDefinition } from '../../model/service.ts';
import type { Block } from '../document.ts';
import { conditionsOf, type HostSample } from './own-rules.ts';

/** The rules of a service for host names, in the order of the frontend. */
export interface RuleBlock {
  readonly service: ServiceDefinition;
  readonly block: Block;
}

/** Set for a request that a rule with MATCH takes. */
export const MATCHED = 'txn.label_matched';

/**
 * Returns the blocks of rules whose logins and redirects pass over what a rule with MATCH takes before them, and the lines that find these
 * requests, to stand before all rules. HAProxy runs logins and redirects of a frontend before it chooses a backend. Without such rules, the blocks are as
 * they were. `only`: the one host that the frontend is for.
 */
export function withoutMatched(
  rules: readonly RuleBlock[],
  sample: HostSample,
  only?: string,
): { readonly choices: readonly Block[]; readonly blocks: readonly Block[] } {
  const blocks = rules.map(({ block }) => block);
  if (!rules.some(({ service }) => service.match !== undefined)) return { choices: [], blocks };
  const hostsOf = ({ vhosts }: ServiceDefinition): readonly string[] => (only === undefined ? vhosts.flatMap(readHosts) : [only]);
  const matchedHosts = new Set<string>();
  let end = 0;
  for (const [at, { service }] of rules.entries()) {
    const hosts = hostsOf(service);
    if (service.match !== undefined) for (const host of hosts) matchedHosts.add(host);
    else if (hosts.some((host) => matchedHosts.has(host))) {
      const text = passingOver(blocks[at]?.text ?? '');
      if (text === blocks[at]?.text) continue;
      blocks[at] = { ...(blocks[at] as Block), text };
      end = at;
    }
  }
  // The first rule that holds counts, so the last line that holds has to be that of the first rule.
  const choices = rules.slice(0, end).flatMap(({ service, block: { owner } }): readonly Block[] => {
    const hosts = hostsOf(service).filter((host) => matchedHosts.has(host));
    if (hosts.length === 0) return [];
    const change = service.match === undefined ? `unset-var(${MATCHED})` : `set-var(${MATCHED}) bool(true)`;
    const lines = conditionsOf(surelyTaking(service), hosts, sample).map(
      (tests) => `  http-request ${change} if ${tests.join(' ')}\n`,
    );
    return [{ owner, text: lines.join('') }];
  });
  return { choices: choices.toReversed(), blocks };
}

/** What own templates ask for besides the host is not known: a login too many is better than one too few. */
function surelyTaking(service: ServiceDefinition): ServiceDefinition {
  return Object.keys(service.templates).some(isRuleTemplate) ? { ...service, path: undefined } : service;
}

/** Returns rules whose logins and redirects have one more condition, in each of their alternatives. */
function passingOver(text: string): string {
  return text.replaceAll(GUARD, (_, rule: string, condition: string) => {
    // Where words are quoted, `or` may be one of them.
    if (/["'\\]/.test(condition)) return rule + condition;
    const alternatives = condition.split(/ (?:or|\|\|) /).map((each) => `${each.trim()} !{ var(${MATCHED}) -m found }`);
    return `${rule}${alternatives.join(' or ')}`;
  });
}

const GUARD =
  /^([ \t]*(?:http-request[ \t]+(?:auth|redirect)|redirect)[ \t](?:"(?:\\.|[^"\\\n])*"|[^"\n])*?[ \t]if[ \t]+)(.*\S)[ \t]*$/gm;
