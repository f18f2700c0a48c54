import { describe, expect, it } from 'vitest';
import { EXAMPLE } from './manual.ts';
import { readPolicy } from './read-policy.ts';

const read = (value: unknown) => readPolicy(JSON.stringify(value), '/etc/policy.json');
const faultOf = (rule: object): string => {
  const found = read({ rules: [{ prefix: '/a' }, { prefix: '/team-a', ...rule }] });
  return 'fault' in found ? found.fault : '';
};

describe('readPolicy', () => {
  it('reads the example of the manual', () => {
    const found = read(EXAMPLE);
    expect('policy' in found && [...found.policy.rules.keys()]).toEqual(['/team-a', '/team-a/legacy', '/team-b', '/ops', '/']);
    expect('policy' in found && found.policy.rules.get('/team-a')?.ports).toEqual([{ first: 10_000, last: 10_099 }]);
  });

  it('reads prefixes and hosts in lower case, and single ports as ranges', () => {
    const found = read({
      rules: [{ prefix: '/Team', hosts: ['A.Example.com', '*.B.example.com', '*', '[::1]'], ports: [80, '81'] }],
    });
    expect('policy' in found && found.policy.rules.get('/team')).toMatchObject({
      hosts: ['a.example.com', '*.b.example.com', '*', '[::1]'],
      ports: [
        { first: 80, last: 80 },
        { first: 81, last: 81 },
      ],
    });
  });

  it.each([
    [{ hots: ['a'] }, 'rules[1] has the key "hots", which is none of prefix, hosts,'],
    [{ hots: ['a'] }, 'perhaps hosts is meant'],
    [{ prefix: 'team' }, 'rules[1].prefix is "team", it must be an app id such as "/team-a"'],
    [{ prefix: '/team/' }, 'must be written without the slash at its end'],
    [{ prefix: '/A' }, 'rules[1].prefix is "/A", it is there twice (/a)'],
    [{ hosts: 'a' }, 'rules[1].hosts (of "/team-a") is "a", it must be a list of hosts'],
    [{ hosts: ['a', 'b c'] }, 'rules[1].hosts[1] (of "/team-a") is "b c", it must be a host such as'],
    [{ hosts: ['a.*.b'] }, 'must be a host such as'],
    [{ hosts: ['~a'] }, 'set "regexHosts" to true'],
    [{ paths: ['a'] }, 'rules[1].paths[0] (of "/team-a") is "a", it must be a path such as "/a"'],
    [{ paths: ['/a/'] }, 'without the slash at its end'],
    [{ paths: ['/a*b'] }, 'must be a path'],
    [{ ports: ['20-10'] }, 'is "20-10", it must be a port such as 8080, or a range'],
    [{ ports: [0] }, 'is 0, it must be a port from 1 to 65535'],
    [{ ports: [70_000] }, 'must be a port from 1 to 65535'],
    [{ ports: ['1-70000'] }, 'must be a port such as'],
    [{ groups: [''] }, 'must be the name of a group'],
    [{ labels: {} }, 'rules[1].labels (of "/team-a") must be a list of names of labels in "allow", or one in "deny"'],
    [{ labels: { allow: [], deny: [] } }, 'must be a list of names of labels in "allow", or one in "deny"'],
    [{ labels: { allow: ['VHOTS'] } }, 'rules[1].labels.allow[0] (of "/team-a") is "VHOTS", it must be the name of a label'],
    [{ labels: { allow: ['VHOTS'] } }, 'perhaps "VHOST" is meant'],
    [{ labels: { deny: ['HAPROXY_0_AUTH'] } }, 'perhaps "AUTH" is meant'],
    [{ labels: { deny: ['HEAD'] } }, 'must be the name of a label'],
    [{ labels: { deny: ['NOTHING_*'] } }, 'must be the name of a label'],
    [{ rawTemplates: 'none' }, 'rules[1].rawTemplates (of "/team-a") is "none", it must be "allowed", "safe" or "off"'],
    [{ limits: { vhosts: -1 } }, 'rules[1].limits.vhosts (of "/team-a") is -1, it must be 0 or more'],
    [{ limits: { hosts: 1 } }, 'has the key "hosts", which is none of vhosts, ports, servers'],
    [{ hosts: ['a b'], paths: ['b'] }, '; rules[1].paths[0] (of "/team-a") is "b", it'],
    [{ ports: [0, 0, 0, 0, 0, 0, 0] }, '; and 2 more'],
  ])('says what is wrong with %j', (rule, fault) => expect(faultOf(rule)).toContain(fault));

  it.each([
    ['', 'it is no JSON'],
    ['{\n"rules": [],\n}', 'line 3'],
    ['[]', 'the whole must be an object'],
    ['{}', 'rules is missing, it must be a list of rules'],
    ['{"rules": [7]}', 'rules[0] is 7, it must be an object'],
    ['{"rules": [{}]}', 'rules[0].prefix is missing, it must be an app id'],
    ['{"rule": []}', 'perhaps rules is meant'],
  ])('says what is wrong with the text %j', (text, fault) => {
    const found = readPolicy(text, 'policy.json');
    expect('fault' in found && found.fault).toContain(fault);
  });

  it('takes names of templates and beginnings of names as labels', () => {
    expect(faultOf({ labels: { deny: ['BACKEND_HTTP_OPTIONS', 'FRONTEND_*', 'DEPLOYMENT_GROUP', 'VHOST'] } })).toBe('');
  });
});
