import { expect, it } from 'vitest';
import { service } from '../../test/support/documents.ts';
import type { Service } from './service.ts';
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

it('no password is shown', () => {
  const secret = { auth: { realm: 'r', user: 'u', password: 'hidden' }, vhosts: [] };
  expect(JSON.stringify(uselessLabels(service(1, {}, secret)))).not.toContain('hidden');
});
