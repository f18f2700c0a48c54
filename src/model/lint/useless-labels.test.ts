import { expect, it } from 'vitest';
import { service } from '../../../test/support/rendering/documents.ts';
import type { Service } from '../service.ts';
import { uselessLabels } from './useless-labels.ts';

function told(change: Partial<Service>): readonly string[] {
  return uselessLabels(service(1, {}, change)).map(({ code, label }) => `${code} ${label}`);
}

const labels: Partial<Service> = {
  path: '/x',
  auth: { realm: 'r', user: 'u', password: 'p' },
  redirectToHttps: true,
  redirPath: '/y',
};

it('what has hosts and is of mode http is fine', () => {
  expect(told({ ...labels, hsts: true, proxypassPath: '/a', revproxyPath: '/b' })).toEqual([]);
});

it('what is about hosts needs one', () => {
  expect(told({ ...labels, vhosts: [] })).toEqual([
    'label-useless HAPROXY_0_PATH',
    'label-useless HAPROXY_0_AUTH',
    'label-useless HAPROXY_0_REDIRECT_TO_HTTPS',
    'label-useless HAPROXY_0_HTTP_BACKEND_REDIR',
  ]);
});

it('what is about HTTP needs mode http', () => {
  expect(told({ mode: 'tcp', vhosts: [], sticky: true, hsts: true, proxypassPath: '/a', revproxyPath: '/b' })).toEqual([
    'label-useless HAPROXY_0_STICKY',
    'label-useless HAPROXY_0_USE_HSTS',
    'label-useless HAPROXY_0_HTTP_BACKEND_PROXYPASS_PATH',
    'label-useless HAPROXY_0_HTTP_BACKEND_REVPROXY_PATH',
  ]);
});

it('the shared frontends do not lead to mode tcp', () => {
  expect(told({ mode: 'tcp' })).toEqual(['mode-conflict HAPROXY_0_MODE']);
});

it('templates need what they are for', () => {
  const templates = {
    BACKEND_HTTP_OPTIONS: 'x',
    BACKEND_STICKY_OPTIONS: 'x',
    BACKEND_TCP_HEALTHCHECK_OPTIONS: 'x',
    BACKEND_HEAD: 'x',
  };
  expect(told({ templates })).toEqual([
    'label-useless HAPROXY_0_BACKEND_STICKY_OPTIONS',
    'label-useless HAPROXY_0_BACKEND_TCP_HEALTHCHECK_OPTIONS',
  ]);
  const healthCheck = { protocol: 'TCP' };
  expect(told({ templates, mode: 'tcp', vhosts: [], sticky: true, healthCheck })).toEqual([
    'label-useless HAPROXY_0_STICKY',
    'label-useless HAPROXY_0_BACKEND_HTTP_OPTIONS',
  ]);
});

it('no password is shown', () => {
  const secret = { auth: { realm: 'r', user: 'u', password: 'hidden' }, vhosts: [] };
  expect(JSON.stringify(uselessLabels(service(1, {}, secret)))).not.toContain('hidden');
});
