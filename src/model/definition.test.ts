import { describe, expect, it } from 'vitest';
import { defineService, labelsByIndex } from './definition.ts';
import { emptyLabels } from './empty-labels.ts';
import type { App } from './snapshot.ts';

function app(labels: Readonly<Record<string, string>> = {}, change: Partial<App> = {}): App {
  return { id: '/shop/web', labels, tasks: [], ...change };
}

function define(
  labels: Readonly<Record<string, string>>,
  change: Partial<App> = {},
  index = 0,
): ReturnType<typeof defineService> {
  const own = app(labels, change);
  return defineService(own, index, 10_000, labelsByIndex(own).get(index) ?? {});
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
    expect(define({ HAPROXY_0_PORT: 'x', HAPROXY_0_MODE: 'y' })).toMatchObject([
      { code: 'label-malformed', app: '/shop/web', service: 'shop_web_10000', label: 'HAPROXY_0_PORT' },
      { code: 'label-malformed', app: '/shop/web', service: 'shop_web_10000', label: 'HAPROXY_0_MODE' },
    ]);
  });

  it('lets no line end and no password through', () => {
    expect(define({ HAPROXY_0_BALANCE: 'source\nbackend evil' })).toMatchObject([{ label: 'HAPROXY_0_BALANCE' }]);
    expect(define({ HAPROXY_0_BALANCE: '\nsource\n' })).toMatchObject({ balance: 'source' });
    expect(JSON.stringify(define({ HAPROXY_0_AUTH: 'secret' }))).not.toContain('secret');
  });

  it.each(['PATH', 'VHOST', 'BACKEND_NETWORK_ALLOWED_ACL'])('lets no %s make HAProxy read a file', (name) => {
    expect(define({ [`HAPROXY_0_${name}`]: '-f /tmp/fifo' })).toMatchObject([
      { code: 'label-malformed', label: `HAPROXY_0_${name}`, detail: expect.stringContaining('-f /tmp/fifo') },
    ]);
  });

  it('takes an empty VHOST, PATH or BACKEND_NETWORK_ALLOWED_ACL for none', () => {
    const labels = { HAPROXY_0_VHOST: ' , ', HAPROXY_0_PATH: ' ', HAPROXY_0_BACKEND_NETWORK_ALLOWED_ACL: '' };
    const service = define(labels);
    expect(service).toEqual(define({}));
    const own = labelsByIndex(app(labels)).get(0) ?? {};
    expect(Array.isArray(service) ? [] : emptyLabels(service, own).map(({ code, label }) => `${code} ${label}`)).toEqual(
      Object.keys(labels).map((label) => `label-useless ${label}`),
    );
  });
});
