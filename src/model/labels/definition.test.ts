import { describe, expect, it } from 'vitest';
import { defineService, labelsByIndex } from './definition.ts';
import type { Problem } from '../problem.ts';
import type { ServiceDefinition } from '../service.ts';
import type { Workload } from '../workload.ts';
import { DEFAULT_LIMITS } from '../values/limits.ts';
import { workload } from '../../../test/support/workload.ts';

function app(labels: Readonly<Record<string, string>> = {}, change: Partial<Workload> = {}): Workload {
  return workload({ id: '/shop/web', labels, ...change });
}

function define(
  labels: Readonly<Record<string, string>>,
  change: Partial<Workload> = {},
  index = 0,
): ServiceDefinition | undefined {
  const own = app(labels, change);
  return defineService(own, index, 10_000, labelsByIndex(own).get(index) ?? {}).definition;
}

/** What the labels cost: code, label, and what the text says. */
function told(
  labels: Readonly<Record<string, string>>,
  limits = DEFAULT_LIMITS,
): { costs: readonly string[]; service: boolean; refused: readonly Problem[] } {
  const own = app(labels);
  const { definition, problems, refused } = defineService(own, 0, 10_000, labelsByIndex(own).get(0) ?? {}, limits);
  return { costs: problems.map(({ code, label }) => `${code} ${label}`), service: definition !== undefined, refused };
}

describe('labelsByIndex', () => {
  it('sorts labels to their service and makes CR LF to LF', () => {
    const byIndex = labelsByIndex(
      app({ HAPROXY_GROUP: 'x', HAPROXY_0_MODE: 'http', HAPROXY_12_PORT: '1\r\n2', HAPROXY_x_PORT: '3' }),
    );
    expect([...byIndex]).toEqual([
      [0, { MODE: 'http' }],
      [12, { PORT: '1\n2' }],
    ]);
  });

  it('is at ease with names that every object has', () => {
    expect(labelsByIndex(app({ HAPROXY_0_constructor: 'x' })).get(0)).toEqual({ constructor: 'x' });
  });
});

describe('defineService', () => {
  it('has the defaults of 1.15', () => {
    expect(define({})).toMatchObject({
      backend: 'shop_web_10000',
      servicePort: 10_000,
      mode: 'tcp',
      balance: 'roundrobin',
      bindAddr: '*',
      weight: 0,
      vhosts: [],
      sticky: false,
      templates: {},
    });
  });

  it('reads labels', () => {
    const service = define({
      HAPROXY_0_VHOST: 'A.example.com, b.example.com',
      HAPROXY_0_PORT: '8080',
      HAPROXY_0_PATH: '/x',
      HAPROXY_0_STICKY: 'Y',
      HAPROXY_0_FRONTEND_HEAD: 'frontend {backend}\r\n',
    });
    expect(service).toMatchObject({
      backend: 'shop_web_8080',
      mode: 'http',
      vhosts: ['a.example.com', 'b.example.com'],
      weight: 1,
      sticky: true,
      templates: { FRONTEND_HEAD: 'frontend {backend}\n' },
    });
  });

  it.each([
    ['0', 1],
    ['1', 1],
    ['-2', -2],
    ['9', 9],
  ])('BACKEND_WEIGHT %s with a path is %i', (label, weight) => {
    expect(define({ HAPROXY_0_BACKEND_WEIGHT: label, HAPROXY_0_PATH: '/' })).toMatchObject({ weight });
  });

  it.each([
    ['no check', [], {}, 'tcp'],
    ['an HTTP check', [{ protocol: 'HTTP', portIndex: 0 }], {}, 'http'],
    ['a MESOS_HTTP check', [{ protocol: 'MESOS_HTTP', portIndex: 0 }], {}, 'tcp'],
    ['a check of another service', [{ protocol: 'HTTP', portIndex: 1 }], {}, 'tcp'],
    ['a check with a port of its own', [{ protocol: 'HTTP', port: 80 }], {}, 'http'],
    ['a label against an HTTP check', [{ protocol: 'HTTP', portIndex: 0 }], { HAPROXY_0_MODE: 'TCP' }, 'tcp'],
    [
      'a borrowed check',
      [{ protocol: 'MESOS_HTTPS', portIndex: 1 }],
      { HAPROXY_0_BACKEND_HEALTHCHECK_PORT_INDEX: '1', HAPROXY_0_MODE: 'tcp' },
      'http',
    ],
    ['a borrowed TCP check', [{ protocol: 'TCP', portIndex: 1 }], { HAPROXY_0_BACKEND_HEALTHCHECK_PORT_INDEX: '1' }, 'tcp'],
  ])('mode with %s', (_, healthChecks, labels, mode) => {
    expect(define(labels, { healthChecks })).toMatchObject({ mode });
  });

  it('names app, service and label of all that is malformed', () => {
    expect(told({ HAPROXY_0_PORT: 'x', HAPROXY_0_MODE: 'y' }).refused).toMatchObject([
      { code: 'label-malformed', app: '/shop/web', service: 'shop_web_10000', label: 'HAPROXY_0_PORT' },
      { code: 'label-malformed', app: '/shop/web', service: 'shop_web_10000', label: 'HAPROXY_0_MODE' },
    ]);
  });

  it('lets no line end and no password through', () => {
    expect(told({ HAPROXY_0_PATH: '/x\nbackend evil' }).refused).toMatchObject([{ label: 'HAPROXY_0_PATH' }]);
    expect(define({ HAPROXY_0_BALANCE: '\nsource\n' })).toMatchObject({ balance: 'source' });
    expect(JSON.stringify(told({ HAPROXY_0_AUTH: 'secret' }))).not.toContain('secret');
  });

  it.each([
    'PATH',
    'AUTH',
    'BACKEND_NETWORK_ALLOWED_ACL',
    'BIND_ADDR',
    'BIND_OPTIONS',
    'SSL_CERT',
    'HTTP_BACKEND_PROXYPASS_PATH',
  ])('does not serve the service without its %s', (name) => {
    expect(told({ [`HAPROXY_0_${name}`]: '"x" #' })).toMatchObject({
      service: false,
      refused: [{ code: 'label-malformed', label: `HAPROXY_0_${name}` }],
    });
  });

  it.each(['VHOST', 'BALANCE', 'HTTP_BACKEND_REVPROXY_PATH', 'HTTP_BACKEND_REDIR', 'STICKY', 'USE_HSTS'])(
    'serves the service without its %s',
    (name) => {
      expect(told({ [`HAPROXY_0_${name}`]: '"x" #' })).toEqual({
        service: true,
        refused: [],
        costs: [`label-malformed HAPROXY_0_${name}`],
      });
      expect(define({ [`HAPROXY_0_${name}`]: '"x" #' })).toEqual({ ...define({}), mode: name === 'VHOST' ? 'http' : 'tcp' });
    },
  );

  it('serves the other hosts', () => {
    const labels = { HAPROXY_0_VHOST: 'a.test,b*.test', HAPROXY_0_PATH: '/x' };
    expect(define(labels)).toMatchObject({ vhosts: ['a.test'], hostname: 'a.test', path: '/x' });
    expect(told(labels).costs).toEqual(['label-malformed HAPROXY_0_VHOST']);
  });

  it('serves no host if no path can match', () => {
    const labels = { HAPROXY_0_VHOST: 'a.test', HAPROXY_0_PATH: 'api' };
    expect(define(labels)).toMatchObject({ vhosts: [], hostname: undefined, path: undefined, mode: 'http' });
    expect(told(labels)).toMatchObject({ service: true, costs: ['label-malformed HAPROXY_0_PATH'] });
  });

  it('notes what it reads otherwise', () => {
    expect(told({ HAPROXY_0_VHOST: 'http://a.test/' })).toMatchObject({
      costs: ['label-adjusted HAPROXY_0_VHOST'],
      service: true,
    });
  });

  it('takes empty labels for none, without a word', () => {
    const names = ['VHOST', 'PATH', 'AUTH', 'STICKY', 'SSL_CERT', 'BIND_OPTIONS', 'BIND_ADDR', 'PORT', 'MODE', 'BALANCE'];
    const more = ['BACKEND_WEIGHT', 'BACKEND_NETWORK_ALLOWED_ACL', 'HTTP_BACKEND_PROXYPASS_PATH', 'HTTP_BACKEND_REDIR'];
    for (const empty of ['', ' ', '\n']) {
      const labels = Object.fromEntries([...names, ...more].map((name) => [`HAPROXY_0_${name}`, empty]));
      expect(define(labels)).toEqual(define({}));
      expect(told(labels)).toEqual({ costs: [], service: true, refused: [] });
    }
    expect(define({ HAPROXY_0_VHOST: ' , ' })).toEqual(define({}));
  });

  it('gives each address of BIND_ADDR the service port', () => {
    expect(define({ HAPROXY_0_BIND_ADDR: '10.0.0.1,[::1],*:80,10.0.0.2' })).toMatchObject({
      bindAddr: '10.0.0.1:10000,[::1]:10000,*:80,10.0.0.2',
    });
  });

  it('bounds the length of a label, also of a template', () => {
    const limits = { ...DEFAULT_LIMITS, labelLength: 100 };
    for (const name of ['PATH', 'BACKEND_HEAD']) {
      expect(told({ [`HAPROXY_0_${name}`]: `/${'x'.repeat(100)}` }, limits)).toMatchObject({
        service: false,
        refused: [{ label: `HAPROXY_0_${name}`, detail: expect.stringContaining('--max-label-length') }],
      });
    }
  });

  it('cuts a long value in its message', () => {
    expect(told({ HAPROXY_0_PORT: 'x'.repeat(50_000) }).refused[0]?.detail.length).toBeLessThan(300);
  });

  it('refuses a user list whose hash costs seconds', () => {
    const head = 'userlist user_{backend}\n  user {user} password "$6$rounds=5000000$salt$x"\n';
    expect(told({ HAPROXY_0_USERLIST_HEAD: head })).toMatchObject({
      service: false,
      refused: [{ label: 'HAPROXY_0_USERLIST_HEAD' }],
    });
  });
});
