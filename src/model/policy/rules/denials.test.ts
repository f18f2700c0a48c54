import { describe, expect, it } from 'vitest';
import { outcomeOf } from '../../../../test/support/rendering/golden.ts';
import { print } from '../../../render/document.ts';

const task = (id: string, port: number) => ({
  id,
  host: '127.0.0.1',
  ports: [port, port + 1, port + 2],
  state: 'TASK_RUNNING',
  ipAddresses: [{ ipAddress: '127.0.0.1' }],
});

const app = (id: string, labels: object = {}, more: object = {}) => ({
  id,
  instances: 1,
  labels: { HAPROXY_GROUP: 'external', HAPROXY_0_MODE: 'http', ...labels },
  portDefinitions: [{ port: 10_001, protocol: 'tcp' }],
  tasks: [task(`${id.slice(1).replaceAll('/', '_')}.1`, 31_001)],
  ...more,
});

/** What an app with these labels comes to under a rule for `/team`. */
function under(rule: object, labels: object = {}, more: object = {}, id = '/team/shop', args: readonly string[] = []) {
  const options = { args: ['--group', 'external', ...args], policy: { rules: [{ prefix: '/team', ...rule }] } };
  const { document, problems } = outcomeOf([app(id, labels, more)], options);
  const text = print(document);
  const denied = problems.filter(({ code }) => code === 'policy-denied');
  return { text, denied, isServed: /^ {2}server /m.test(text) };
}

const vhost = (host: string) => ({ HAPROXY_0_VHOST: host });

describe('a rule of the policy', () => {
  it.each<readonly [rule: object, labels: object, detail: string, fix: string, label: string]>([
    [
      { hosts: ['*.a.test'] },
      vhost('x.a.test,b.test'),
      'the host b.test of service 0 (rule "hosts" of /team)',
      'let HAPROXY_0_VHOST have hosts of *.a.test',
      'HAPROXY_0_VHOST',
    ],
    [
      { hosts: [] },
      vhost('a.test,b.test'),
      'the hosts a.test, b.test of service 0',
      'take HAPROXY_0_VHOST away',
      'HAPROXY_0_VHOST',
    ],
    [
      { hosts: ['a.test'] },
      { ...vhost('a.test'), HAPROXY_0_REDIRECT_FROM: 'b.test' },
      'the host b.test of service 0',
      'let HAPROXY_0_REDIRECT_FROM have hosts of a.test',
      'HAPROXY_0_REDIRECT_FROM',
    ],
    [
      { hosts: ['a.test'] },
      { HAPROXY_0_HTTP_FRONTEND_ACL: '  use_backend {backend} if {{ hdr(host) -i b.test }}\n' },
      'the host b.test of service 0',
      'let HAPROXY_0_VHOST have hosts of a.test',
      'HAPROXY_0_VHOST',
    ],
    [
      { paths: ['/a'] },
      { ...vhost('a.test'), HAPROXY_0_PATH: '^/(a|b)/', HAPROXY_0_PATH_TYPE: 'regex' },
      'the path ^/(a|b)/ of',
      'let HAPROXY_0_PATH have paths of /a',
      'HAPROXY_0_PATH',
    ],
    [
      { paths: ['/a'] },
      vhost('a.test'),
      'every path of the hosts of service 0 (rule "paths"',
      'let HAPROXY_0_PATH have paths of /a',
      'HAPROXY_0_PATH',
    ],
    [{ paths: ['/a'] }, { ...vhost('a.test'), HAPROXY_0_PATH: '/b /a/' }, 'the path /b of', 'have paths of /a', 'HAPROXY_0_PATH'],
    [
      { paths: ['/a'] },
      { ...vhost('a.test'), HAPROXY_0_PATH: '/a' },
      'the path /a of',
      'set HAPROXY_0_PATH_TYPE to prefix',
      'HAPROXY_0_PATH',
    ],
    [
      { ports: ['11000-11009'] },
      {},
      'port 10001 of service 0 (rule "ports"',
      'let HAPROXY_0_PORT have ports of 11000-11009',
      'HAPROXY_0_PORT',
    ],
    [{ ports: ['10000-10009'] }, { HAPROXY_0_PORT: '80' }, 'port 80 of', 'ports of 10000-10009', 'HAPROXY_0_PORT'],
    [
      { ports: ['10000-10009'] },
      { HAPROXY_0_BIND_ADDR: '127.0.0.1:9000,127.0.0.2' },
      'port 9000 of',
      'let HAPROXY_0_BIND_ADDR',
      'HAPROXY_0_BIND_ADDR',
    ],
    [
      { ports: ['10000-10009'] },
      { HAPROXY_0_FRONTEND_HEAD: 'frontend {backend}\n  bind *:10001-10010\n' },
      'ports 10001-10010 of',
      'let HAPROXY_0_',
      'HAPROXY_0_PORT',
    ],
    [{ ports: [] }, {}, 'port 10001 of', 'name the app below another prefix', 'HAPROXY_0_PORT'],
    [
      { groups: ['internal'] },
      {},
      'the group external of service 0 (rule "groups"',
      'let HAPROXY_GROUP have groups of internal',
      'HAPROXY_GROUP',
    ],
    [{ groups: [] }, { HAPROXY_0_GROUP: 'external' }, 'the group external', 'take HAPROXY_0_GROUP away', 'HAPROXY_0_GROUP'],
    [
      { labels: { deny: ['AUTH', 'STICKY'] } },
      { HAPROXY_0_STICKY: 'true' },
      'the label HAPROXY_0_STICKY (rule "labels"',
      'take HAPROXY_0_STICKY away',
      'HAPROXY_0_STICKY',
    ],
    [
      { labels: { deny: ['BACKEND_*'] } },
      { HAPROXY_0_BACKEND_HEAD: '' },
      'the label HAPROXY_0_BACKEND_HEAD',
      'take',
      'HAPROXY_0_BACKEND_HEAD',
    ],
    [{ labels: { allow: ['MODE'] } }, vhost('a.test'), 'the label HAPROXY_0_VHOST', 'take', 'HAPROXY_0_VHOST'],
    [
      { labels: { deny: ['DEPLOYMENT_*'] } },
      { HAPROXY_DEPLOYMENT_COLOUR: 'blue' },
      'the label HAPROXY_DEPLOYMENT_COLOUR (rule "labels" of /team); the app is not',
      'take',
      'HAPROXY_DEPLOYMENT_COLOUR',
    ],
    [
      { limits: { vhosts: 1 } },
      vhost('a.test,b.test'),
      '2 hosts of service 0 (rule "limits.vhosts"',
      'name at most 1 host in',
      'HAPROXY_0_VHOST',
    ],
    [
      { limits: { ports: 0 } },
      {},
      '1 service port (rule "limits.ports" of /team); the app is not',
      'at most 0 service ports',
      'portDefinitions',
    ],
    [{ limits: { servers: 0 } }, {}, '1 server of service 0 (rule "limits.servers"', 'at most 0 tasks', 'instances'],
  ])('%j denies %j, and says how to fix it', (rule, labels, detail, fix, label) => {
    const { denied, isServed, text } = under(rule, labels);
    expect(isServed).toBe(false);
    expect(text).not.toContain('team_shop');
    expect(denied).toEqual([expect.objectContaining({ app: '/team/shop', rule: '/team', label })]);
    expect(denied[0]?.detail).toContain(detail);
    expect(denied[0]?.detail).toMatch(/^the policy denies .* is not served$/);
    expect(denied[0]?.fix).toContain(fix);
    expect(denied[0]?.fix).toMatch(/, or ask the operator \(--policy\)$/);
  });

  it.each<readonly [rule: object, labels: object]>([
    [{ hosts: ['*.a.test'] }, vhost('x.a.test, Y.A.test')],
    [{ hosts: [] }, {}],
    [{ paths: ['/a'] }, {}],
    [{ paths: ['/a'] }, { ...vhost('a.test'), HAPROXY_0_PATH: '/a/' }],
    [{ paths: ['/a'] }, { ...vhost('a.test'), HAPROXY_0_PATH: '/a', HAPROXY_0_PATH_TYPE: 'prefix' }],
    [{ ports: ['10001-10005', '10006-10010'] }, { HAPROXY_0_FRONTEND_HEAD: 'frontend {backend}\n  bind *:10001-10010\n' }],
    [{ ports: [10_001] }, { HAPROXY_0_BIND_ADDR: '127.0.0.1' }],
    [{ groups: ['external'] }, { HAPROXY_GROUP: 'external,internal' }],
    [
      { labels: { allow: ['VHOST', 'MODE'] } },
      { ...vhost('a.test'), HAPROXY_0_ENABLED: 'true', HAPROXY_0_STICKY: ' ', HAPROXY_0_NO_SUCH: 'x' },
    ],
    [{ labels: { deny: ['AUTH'] } }, vhost('a.test')],
    [{ limits: { vhosts: 1, ports: 1, servers: 1 } }, vhost('a.test')],
  ])('%j allows %j, which is served as without it', (rule, labels) => {
    const { denied, text } = under(rule, labels);
    expect(denied).toEqual([]);
    expect(text).toBe(print(outcomeOf([app('/team/shop', labels)]).document));
  });

  it('counts for the apps of its prefix only', () => {
    expect(under({ hosts: [] }, vhost('a.test'), {}, '/teams/shop')).toMatchObject({ denied: [], isServed: true });
    expect(under({ hosts: [] }, vhost('a.test'), {}, '/team')).toMatchObject({ isServed: false });
  });

  it('takes one service of several', () => {
    const ports = { portDefinitions: [10_001, 10_002, 10_003].map((port) => ({ port, protocol: 'tcp' })) };
    const { text, denied } = under({ ports: [10_001, 10_003] }, {}, ports);
    expect(text.match(/^backend team\S+/gm)).toEqual(['backend team_shop_10001', 'backend team_shop_10003']);
    expect(denied).toHaveLength(1);
    expect(under({ limits: { ports: 2 } }, {}, ports)).toMatchObject({ isServed: false, denied: [{ label: 'portDefinitions' }] });
  });

  it('denies nothing of a service that this load balancer does not serve', () => {
    expect(under({ hosts: [], groups: [] }, { ...vhost('a.test'), HAPROXY_GROUP: 'internal' }).denied).toEqual([]);
  });

  it('takes raw templates away as --label-policy does, and the stricter of both counts', () => {
    const raw = { HAPROXY_0_BACKEND_HTTP_OPTIONS: '  option forwardfor\n  stats enable\n' };
    const by = (rule: object, args: readonly string[] = []): readonly [boolean, string | undefined] => {
      const { text, denied } = under(rule, raw, {}, '/team/shop', args);
      return [text.includes('stats enable'), denied[0]?.detail.split(' denies')[0]];
    };
    expect(by({})).toEqual([true, undefined]);
    expect(by({ rawTemplates: 'allowed' })).toEqual([true, undefined]);
    const byRule = 'the policy (rule "rawTemplates" of /team)';
    expect(by({ rawTemplates: 'safe' })).toEqual([false, byRule]);
    expect(by({ rawTemplates: 'off' })).toEqual([false, byRule]);
    expect(by({ rawTemplates: 'off' }, ['--label-policy', 'safe'])).toEqual([false, byRule]);
    expect(by({ rawTemplates: 'safe' }, ['--label-policy', 'safe'])).toEqual([false, '--label-policy safe']);
    expect(by({ rawTemplates: 'allowed' }, ['--label-policy', 'strict'])).toEqual([false, '--label-policy strict']);
    expect(by({ rawTemplates: 'safe' }, ['--raw-templates', 'off'])).toEqual([false, '--raw-templates off']);
  });

  it('does not name the prefix in a denial of a template, which costs no service', () => {
    const { denied, isServed } = under({ rawTemplates: 'off' }, { HAPROXY_0_FRONTEND_HEAD: '' });
    expect(isServed).toBe(true);
    expect(denied).toEqual([expect.not.objectContaining({ rule: expect.anything() })]);
  });

  it('counts the hosts and ports of what is left of the templates', () => {
    const head = { HAPROXY_0_FRONTEND_HEAD: 'frontend {backend}\n  bind *:80\n' };
    expect(under({ ports: [10_001] }, head).isServed).toBe(false);
    expect(under({ ports: [10_001], rawTemplates: 'off' }, head).isServed).toBe(true);
  });
});

describe('a canary', () => {
  it.each([
    ['/team/shop', undefined],
    ['/team/own/shop', 'the rule for /team/own'],
    ['/other/shop', 'no rule'],
  ])('of %s by an app of /team', (main, ruleOfMain) => {
    const options = { args: ['--group', 'external'], policy: { rules: [{ prefix: '/team' }, { prefix: '/team/own' }] } };
    const canary = app('/team/x', { HAPROXY_0_CANARY_OF: main }, { portDefinitions: [{ port: 10_002, protocol: 'tcp' }] });
    const { document, problems } = outcomeOf([app(main, { HAPROXY_0_CANARIES: '/team/x' }), canary], options);
    const denied = problems.filter(({ code }) => code === 'policy-denied').map(({ detail }) => detail);
    expect(denied).toHaveLength(ruleOfMain === undefined ? 0 : 1);
    expect(denied.join('')).toContain(ruleOfMain === undefined ? '' : `for which ${ruleOfMain} counts`);
    expect(print(document).includes('backend team_x_10002')).toBe(ruleOfMain === undefined);
  });
});

describe('--raw-templates off', () => {
  it('is --label-policy strict by another name', () => {
    const labels = { HAPROXY_0_BACKEND_HTTP_OPTIONS: '  option forwardfor\n', HAPROXY_0_VHOST: 'a.test' };
    const by = (...args: string[]) => outcomeOf([app('/x', labels)], { args: ['--group', 'external', ...args] });
    const [off, strict] = [by('--raw-templates', 'off'), by('--label-policy', 'strict')];
    expect(print(off.document)).toBe(print(strict.document));
    expect(off.problems.map(({ detail }) => detail.replace('--raw-templates off', '--label-policy strict'))).toEqual(
      strict.problems.map(({ detail }) => detail),
    );
    expect(print(by('--raw-templates', 'allowed').document)).toBe(print(by().document));
  });
});

const member = (id: string, group: string) =>
  app(id, { HAPROXY_DEPLOYMENT_GROUP: group, HAPROXY_0_VHOST: 'a.test', HAPROXY_DEPLOYMENT_STARTED_AT: '2026-01-01T00:00:00' });
const outcome = (apps: readonly object[], rules: readonly object[]) => {
  const { document, problems } = outcomeOf(apps, { args: ['--group', 'external'], policy: { rules } });
  return { text: print(document), denied: problems.filter(({ code }) => code === 'policy-denied') };
};

describe('deployment groups', () => {
  it('are not a way to the rights, or the name, of another prefix', () => {
    const rules = [
      { prefix: '/team-a', hosts: ['a.test'] },
      { prefix: '/team-b', hosts: [] },
    ];
    const { text, denied } = outcome([member('/team-b/x', '/team-a/shop')], rules);
    expect(text).not.toMatch(/^ {2}server /m);
    expect(text).not.toContain('a.test');
    expect(denied).toEqual([expect.objectContaining({ app: '/team-b/x', rule: '/team-b', label: 'HAPROXY_DEPLOYMENT_GROUP' })]);
    expect(denied[0]?.detail).toBe(
      'the policy denies the deployment group /team-a/shop: the rule for /team-a counts for it, and the rule for /team-b for the app, which is not served',
    );
  });

  it('are not a way out of a rule', () => {
    const { text, denied } = outcome([member('/team/x', '/free')], [{ prefix: '/team', hosts: [] }]);
    expect(text).not.toContain('a.test');
    expect(denied[0]?.detail).toContain('no rule counts for it, and the rule for /team for the app');
  });

  it('are folded below one prefix, and go by its rule', () => {
    const pair = [member('/team/shop-blue', '/team/shop'), member('/team/shop-green', '/team/shop')];
    const folded = outcome(pair, [{ prefix: '/team', hosts: ['a.test'] }]);
    expect(folded.text).toBe(print(outcomeOf(pair).document));
    expect(folded.denied).toEqual([]);
    const { text, denied } = outcome(pair, [{ prefix: '/team', hosts: ['b.test'] }]);
    expect(text).not.toContain('a.test');
    expect(denied).toEqual([expect.objectContaining({ app: '/team/shop', label: 'HAPROXY_0_VHOST' })]);
  });

  it('serve by the side that the rule allows', () => {
    const green = { ...member('/team/shop-green', '/team/shop') };
    const blue = app('/team/shop-blue', { ...green.labels, HAPROXY_0_VHOST: 'b.test' });
    const { text, denied } = outcome([blue, green], [{ prefix: '/team', hosts: ['b.test'] }]);
    expect(text).toContain('b.test');
    expect(text).not.toContain('a.test');
    expect(text.match(/^ {2}server /gm)).toHaveLength(1);
    expect(denied).toHaveLength(1);
  });
});
