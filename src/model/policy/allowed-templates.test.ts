import { describe, expect, it } from 'vitest';
import { cpuTime } from '../../../test/support/cpu-time.ts';
import { service } from '../../../test/support/rendering/documents.ts';
import { outcomeOf } from '../../../test/support/rendering/golden.ts';
import { print } from '../../render/document.ts';
import { isTemplateName, templates } from '../../render/templates/defaults.ts';
import { isTemplateName as isLabel, templateLabels } from '../labels/template-table.ts';
import { allowedTemplates } from './allowed-templates.ts';
import { SAFE_TEMPLATES, templateFault } from './template-fault.ts';

/** The configuration, and the problems, of one app with these labels, under a policy. */
function outcome(
  labels: Readonly<Record<string, string>>,
  policy: string,
  more: object = {},
): { text: string; denied: string[] } {
  const own = Object.fromEntries(Object.entries(labels).map(([name, text]) => [`HAPROXY_0_${name}`, text]));
  const app = {
    id: '/mine',
    instances: 1,
    labels: { HAPROXY_GROUP: 'external', HAPROXY_0_VHOST: 'mine.test', ...own },
    portDefinitions: [{ port: 10_001, protocol: 'tcp' }],
    healthChecks: [{ protocol: 'HTTP', path: '/health', portIndex: 0 }],
    tasks: [{ id: 'mine.1', host: '127.0.0.1', ports: [31_000], state: 'TASK_RUNNING' }],
    ...more,
  };
  const { document, problems } = outcomeOf([app], { args: ['--group', 'external', '--label-policy', policy] });
  const denied = problems.map(({ code, label, detail }) => `${code} ${label}: ${detail}`);
  return { text: print(document), denied };
}

describe('full', () => {
  it('lets all templates be, as 1.15', () => {
    const { text, denied } = outcome({ HTTP_FRONTEND_ACL: '  # mine\n', BACKEND_HTTP_OPTIONS: '  option httplog\n' }, 'full');
    expect(text).toContain('  # mine\n');
    expect(text).toContain('  option httplog\n');
    expect(denied).toEqual([]);
  });
});

describe('safe', () => {
  it('costs only the label that is denied, named with line and reason', () => {
    const { text, denied } = outcome(
      {
        BACKEND_HTTP_OPTIONS: '  option forwardfor\n  stats enable\n',
        BACKEND_STICKY_OPTIONS: '  cookie A insert\n',
        STICKY: 'true',
      },
      'safe',
    );
    expect(text).not.toContain('stats enable');
    expect(text).toContain('  cookie A insert\n');
    // The default template.
    expect(text).toContain('  http-request set-header X-Forwarded-Port %[dst_port]\n');
    expect(text).toContain('use_backend mine_10001');
    expect(denied).toEqual([
      expect.stringContaining(
        'policy-denied HAPROXY_0_BACKEND_HTTP_OPTIONS: --label-policy safe denies it: line 2, "stats enable": has one of stats, bind, log',
      ),
    ]);
  });

  const OUTSIDE = Object.keys(templateLabels).filter((name) => isLabel(name) && templateLabels[name] && !SAFE_TEMPLATES[name]);

  it.each(OUTSIDE)('denies %s, which is not in the own backend', (name) => {
    if (!isLabel(name)) throw new Error(name);
    for (const text of ['', '  # nothing\n', '  option forwardfor\n']) {
      expect(templateFault(name, text, service(1))).toContain('outside of the backend');
    }
  });

  it('has every template of the backend that labels replace', () => {
    expect(OUTSIDE.filter((name) => name.includes('BACKEND'))).toEqual([
      // These two stand on the shared frontend; the label HTTP_BACKEND_REDIR is a path.
      'FRONTEND_BACKEND_GLUE',
      'BACKEND_REDIRECT_HTTP_TO_HTTPS',
      'BACKEND_REDIRECT_HTTP_TO_HTTPS_WITH_PATH',
      'HTTP_BACKEND_REDIR',
    ]);
    for (const [name, shape] of Object.entries(SAFE_TEMPLATES)) {
      expect({ name, raw: isTemplateName(name) && templates[name].raw }).toEqual({ name, raw: shape === 'raw lines' });
    }
  });

  it('takes the default templates, written as labels', () => {
    for (const [name, shape] of Object.entries(SAFE_TEMPLATES)) {
      if (!isTemplateName(name) || typeof templates[name].default !== 'string') continue;
      expect({ name, shape, fault: templateFault(name, templates[name].default, service(1)) }).toMatchObject({
        fault: undefined,
      });
    }
  });

  it.each([
    ['backend {backend} from others\n', 'must be "backend {backend}" and nothing else'],
    ['backend other\n', 'must be "backend {backend}"'],
    ['# c\n\n  balance {balance}\n', 'line 3'],
    ['backend {backend}\n  balance {balance}\n  bind *:80\n', 'line 3, "bind *:80"'],
  ])('holds the lines of BACKEND_HEAD too: %j', (text, reason) => {
    expect(templateFault('BACKEND_HEAD', text, service(1))).toContain(reason);
  });

  it('lets BACKEND_HEAD begin with its head line', () => {
    const text = '# mine\nbackend {backend}\n  balance leastconn\n  mode {mode}\n';
    expect(templateFault('BACKEND_HEAD', text, service(1))).toBeUndefined();
  });

  it.each([
    ['  server {serverName} {host_ipv4}:{port} id {serverId}{cookieOptions}{healthCheckOptions}{otherOptions} maxconn 5', true],
    ['  server {serverName} 10.0.0.1:{port}', false],
    ['  server {serverName} {host_ipv4}:22', false],
    ['  server {serverName} {host_ipv4}:{port}\n  server b 127.0.0.1:9092', false],
    ['  server {serverName} {{host_ipv4}}:22', false],
  ])('lets a server be the task only: %s', (text, isAllowed) => {
    expect(templateFault('BACKEND_SERVER_OPTIONS', text, service(1)) === undefined).toBe(isAllowed);
  });

  it('keeps words of a server within its line', () => {
    const name = 'BACKEND_SERVER_HTTP_HEALTHCHECK_OPTIONS';
    expect(templateFault(name, '  check inter 1s{healthCheckPortOptions}\n', service(1))).toBeUndefined();
    expect(templateFault(name, '  check\n  server b 127.0.0.1:9092', service(1))).toContain('more than one line');
    expect(templateFault(name, '  check addr 127.0.0.1', service(1))).toContain('addr');
  });

  it('looks at what placeholders are filled with', () => {
    const glue = '  http-request set-header X-A %[str(a),{hostname}(/etc/passwd)]\n';
    expect(templateFault('HTTP_BACKEND_PROXYPASS_GLUE', glue, service(1, {}, { hostname: 'map' }))).toContain('map');
    const path = { healthCheck: { protocol: 'HTTP', path: '/%[env(HOME)]' } };
    const check = '  option httpchk\n  http-check send uri-lf {healthCheckPath}\n';
    expect(templateFault('BACKEND_HTTP_HEALTHCHECK_OPTIONS', check, service(1, {}, path))).toContain('path');
    expect(templateFault('BACKEND_HTTP_HEALTHCHECK_OPTIONS', '  option httpchk {zz}\n', service(1, {}, path))).toContain('path');
  });

  it('does not count the hosts and ports of what it denies', () => {
    const { text } = outcome({ FRONTEND_HEAD: 'frontend {backend}\n  bind *:80\n' }, 'safe');
    expect(text).toContain('frontend mine_10001\n  bind *:10001\n');
    expect(outcome({ FRONTEND_HEAD: 'frontend {backend}\n  bind *:80\n' }, 'safe').denied).toHaveLength(1);
  });

  it('looks at the lines of many apps once', () => {
    const long = '  http-request set-header X-Team shop if { path_beg /a }\n'.repeat(20);
    const time = cpuTime(() => {
      for (let id = 0; id < 10_000; id += 1) {
        allowedTemplates(service(id, { BACKEND_HTTP_OPTIONS: long }), { policy: 'safe', by: '--label-policy safe' });
      }
    });
    expect(time).toBeLessThan(3000);
  });
});

describe('strict', () => {
  it('takes all raw templates away, and nothing else', () => {
    const labels = { BACKEND_HTTP_OPTIONS: '  option forwardfor\n', USERLIST_HEAD: '', STICKY: 'true', HTTP_BACKEND_REDIR: '/x' };
    const { text, denied } = outcome(labels, 'strict');
    expect(text).toContain('cookie mesosphere_server_id');
    expect(text).toContain('location /x');
    expect(denied).toEqual([
      expect.stringContaining('policy-denied HAPROXY_0_BACKEND_HTTP_OPTIONS: '),
      expect.stringContaining('policy-denied HAPROXY_0_USERLIST_HEAD: '),
    ]);
    const none = outcome({ STICKY: 'true', HTTP_BACKEND_REDIR: '/x' }, 'full');
    expect(text).toBe(none.text);
  });
});
