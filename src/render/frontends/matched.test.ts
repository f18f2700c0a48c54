import { describe, expect, it } from 'vitest';
import { service } from '../../../test/support/rendering/documents.ts';
import type { Service } from '../../model/service.ts';
import type { RequestMatch } from '../../model/values/rules/request-matches.ts';
import { type RuleBlock, withoutMatched } from './matched.ts';

const AUTH = '  http-request auth realm "A if B" if host_a !auth_a\n  use_backend a if host_a\n';
const rule = (id: number, text: string, change: Partial<Service> = {}): RuleBlock => ({
  service: service(id, {}, { vhosts: ['a.test'], ...change }),
  block: { text },
});
const get: RequestMatch = { kind: 'method', name: 'GET', value: '' };
const matched = rule(1, '', { match: { text: 'method GET', rules: [get] } });
const textsOf = (rules: readonly RuleBlock[], only?: string): readonly string[][] => {
  const { choices, blocks } = withoutMatched(rules, 'host', only);
  return [choices, blocks].map((each) => each.map(({ text }) => text));
};

describe('withoutMatched', () => {
  it('gives logins and redirects after a rule with MATCH one more condition', () => {
    const redirect = rule(3, '  redirect scheme https code 301 if !{ ssl_fc } host_a or host_b\n');
    expect(textsOf([matched, rule(2, AUTH), redirect])).toEqual([
      [
        '  http-request unset-var(txn.label_matched) if { req.hdr(host),field(1,:) -i a.test }\n',
        '  http-request set-var(txn.label_matched) bool(true) if { req.hdr(host),field(1,:) -i a.test } { method GET }\n',
      ],
      [
        '',
        AUTH.replace('!auth_a', '!auth_a !{ var(txn.label_matched) -m found }'),
        '  redirect scheme https code 301 if !{ ssl_fc } host_a !{ var(txn.label_matched) -m found } or host_b !{ var(txn.label_matched) -m found }\n',
      ],
    ]);
  });

  it('leaves what comes before it, what is for other hosts, and what cannot be read', () => {
    const quoted = rule(3, '  http-request auth realm R if { path -m str "a or b" }\n');
    const rules = [rule(2, AUTH), matched, rule(4, AUTH, { vhosts: ['b.test'] }), quoted];
    expect(textsOf(rules)).toEqual([[], rules.map(({ block }) => block.text)]);
    expect(textsOf([rule(2, AUTH), rule(4, AUTH)])).toEqual([[], [AUTH, AUTH]]);
  });

  it('asks for the password wherever an own template before may have the request', () => {
    const own = rule(2, 'x', { path: '/api', templates: { HTTP_FRONTEND_ACL_WITH_PATH: 'x' } });
    const [choices = []] = textsOf([own, matched, rule(3, AUTH)]);
    expect(choices.at(-1)).toBe('  http-request unset-var(txn.label_matched) if { req.hdr(host),field(1,:) -i a.test }\n');
  });

  it('tells hosts apart, but for a frontend of one host', () => {
    const both = rule(2, AUTH, { vhosts: ['a.test', 'b.test'] });
    expect(textsOf([rule(3, 'x', { vhosts: ['c.test'] }), matched, both])[0]).toHaveLength(1);
    expect(textsOf([matched, both], 'b.test')[0]?.[0]).toContain('-i b.test');
  });
});
