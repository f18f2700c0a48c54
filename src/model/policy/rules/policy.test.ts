import { describe, expect, it } from 'vitest';
import { policyOf } from '../../../../test/support/rendering/golden.ts';
import type { PathType } from '../../values/path-types.ts';
import { allowsHost } from './hosts.ts';
import { looseRules } from './loose-rules.ts';
import { allowsPath, claimedPaths } from './paths.ts';
import { describeRule, ruleFor } from './policy.ts';

describe('ruleFor', () => {
  const policy = policyOf({ rules: [{ prefix: '/a' }, { prefix: '/a/b' }, { prefix: '/c/d' }] });
  it.each([
    ['/a', '/a'],
    ['/a/x', '/a'],
    ['/A/X', '/a'],
    ['a/x', '/a'],
    ['/ab', undefined],
    ['/a/b', '/a/b'],
    ['/a/b/c/d', '/a/b'],
    ['/a/bc', '/a'],
    ['/c', undefined],
    ['//a', undefined],
  ])('gives %s the rule for %s', (app, prefix) => expect(ruleFor(policy, app)?.prefix).toBe(prefix));

  it('gives every other app the rule for /', () => {
    const all = policyOf({ rules: [{ prefix: '/' }, { prefix: '/a' }] });
    expect(['/', '/x', '/a', '/ab'].map((app) => ruleFor(all, app)?.prefix)).toEqual(['/', '/', '/a', '/']);
  });
});

describe('allowsHost', () => {
  const hosts = ['a.test', '*.b.test'];
  it.each([
    ['a.test', true],
    ['A.test', true],
    ['a.test:8080', true],
    ['a.test.', true],
    ['x.a.test', false],
    ['xa.test', false],
    ['b.test', false],
    ['.b.test', false],
    ['x.b.test', true],
    ['x.y.b.test', true],
    ['*.b.test', true],
    ['*.x.b.test', true],
    ['*.test', false],
    ['*', false],
    ['*b.test', false],
    ['~^x[.]b[.]test$', false],
  ])('%s: %s', (host, isAllowed) => expect(allowsHost({ hosts }, host)).toBe(isAllowed));

  it('takes a regular expression only if the rule says so, or every host is allowed', () => {
    expect(allowsHost({ hosts, regexHosts: true }, '~x')).toBe(true);
    expect(allowsHost({ hosts: ['*'] }, '~x')).toBe(true);
    expect(allowsHost({}, '~x')).toBe(true);
    expect(allowsHost({ hosts: [] }, 'a.test')).toBe(false);
  });
});

const isAllowed = (paths: readonly string[] | undefined, path: string | undefined, type?: PathType): boolean =>
  claimedPaths(path, type).every((claimed) => allowsPath({ paths }, claimed));

describe('allowsPath', () => {
  it.each([
    ['/a', '/a/', true],
    ['/a', '/a/b', true],
    ['/a', '/a', false],
    ['/a', '/ab', false],
    ['/a', undefined, false],
    ['/a', '-m str /a', true],
    ['/a', '-m str /a /ab', false],
    ['/a', '-m beg /a/', true],
    ['/a', '-i /a/', false],
    ['/a', '-m str -i /a', false],
    ['/a', '-i -m str /a', false],
    ['/a', '-m sub /a/', false],
    ['/a', '-m end /a/', false],
    ['/a', '-m sub -- -x', false],
    ['/a', '-- /a/', true],
    ['/a', '/a/ /b/', false],
    ['/a*', '/a', true],
    ['/a*', '/ab', true],
    ['/a*', '/b', false],
    ['/', undefined, true],
    ['/', '-m sub x', true],
    ['/', '/a', true],
    ['/*', undefined, true],
  ])('under %s, PATH %s: %s', (allowed, path, expected) => expect(isAllowed([allowed], path)).toBe(expected));

  it.each([
    ['/a', '/a', 'prefix', true],
    ['/a', '/a/', 'prefix', true],
    ['/a', '/a/b', 'prefix', true],
    ['/a', '/ab', 'prefix', false],
    ['/a', '/', 'prefix', false],
    ['/a*', '/', 'prefix', false],
    ['/', '/', 'prefix', true],
    ['/a', '-i /a', 'prefix', false],
    ['/a', '/a', 'exact', true],
    ['/a', '/a/b /ab', 'exact', false],
    ['/a', '^/a/', 'regex', true],
    ['/a', '^/a/[0-9]+$', 'regex', true],
    ['/a', '^/a/?', 'regex', false],
    ['/a', '^/a', 'regex', false],
    ['/a', '^/a/(x|y)', 'regex', false],
    ['/a', '^/a/|/b', 'regex', false],
    ['/a', '-i ^/a/', 'regex', false],
    ['/a', '^/(a|b)/', 'regex', false],
    ['/', '^/(a|b)/', 'regex', true],
    ['/a*', '^/ab?c', 'regex', true],
    ['/ab*', '^/ab?c', 'regex', false],
  ] as const)('under %s, PATH %s of type %s: %s', (allowed, path, type, expected) =>
    expect(isAllowed([allowed], path, type)).toBe(expected),
  );

  it('limits nothing without paths, and allows nothing with none', () => {
    expect(isAllowed(undefined, undefined)).toBe(true);
    expect(isAllowed([], '/a/')).toBe(false);
  });
});

describe('looseRules', () => {
  const policy = policyOf({
    rules: [
      { prefix: '/a', hosts: [] },
      { prefix: '/b', hosts: [], rawTemplates: 'safe' },
      { prefix: '/c', limits: { ports: 1 } },
    ],
  });
  it('names the rules that a raw template can go around', () => {
    expect(looseRules(policy, {})).toEqual([expect.stringContaining('limits for /a: set')]);
    expect(looseRules(policy, { labelPolicy: 'safe' })).toEqual([]);
  });
});

describe('describeRule', () => {
  it('says all that a rule limits', () => {
    const rule = {
      prefix: '/a',
      hosts: ['a.test'],
      regexHosts: true,
      paths: ['/'],
      ports: [{ first: 1, last: 2 }],
      groups: [],
      labels: { deny: ['AUTH'] },
      rawTemplates: 'off',
      limits: { vhosts: 1, servers: 2 },
    } as const;
    expect(describeRule(rule)).toBe(
      'hosts a.test; hosts that are regular expressions; paths /; ports 1-2; groups none; all labels but AUTH; raw templates off; at most 1 host a service; at most 2 servers a service',
    );
    expect(describeRule({ prefix: '/a' })).toBe('nothing is limited');
    expect(describeRule({ prefix: '/a', labels: { allow: ['VHOST'] } })).toBe('labels VHOST');
  });
});

describe('allowsPath, with PATH_TYPE', () => {
  it.each([
    ['prefix', '/a', true],
    ['prefix', '/a/', true],
    ['prefix', '/a/b', true],
    ['prefix', '/ab', false],
    ['prefix', '/', false],
    ['prefix', '-i /a', false],
    ['exact', '/a', true],
    ['exact', '/a /b', false],
    ['regex', '^/a/', true],
    ['regex', '^/a/v[0-9]+$', true],
    ['regex', '^/a', false],
    ['regex', '^/a/|^/b', false],
    ['regex', '/a/', false],
  ] as const)('%s %s within /a: %s', (type, path, allowed) =>
    expect(claimedPaths(path, type).every((claimed) => allowsPath({ paths: ['/a'] }, claimed))).toBe(allowed),
  );
  it('takes a regular expression if every path is allowed', () =>
    expect(claimedPaths('^/a/', 'regex').every((claimed) => allowsPath({ paths: ['/*'] }, claimed))).toBe(true));
});
