import { expect, it } from 'vitest';
import type { AcmeAnswer, AcmeSettings } from '../../../config/settings.ts';
import type { Service } from '../../../model/service.ts';
import { createOrders, orderProblems } from './orders.ts';
import type { Wish } from './plan-orders.ts';
import { wishesOf } from './wishes.ts';

const acme: AcmeSettings = { domains: ['*.example.com'], hosts: 'labels', directory: 'https://ca.test/dir', keyType: 'ec' };

function service(app: string, change: Partial<Service> = {}): Service {
  return { app, index: 0, mode: 'http', vhosts: [`${app.slice(1)}.example.com`], typed: { CERT: 'acme' }, ...change } as Service;
}

const hosts = (services: readonly Service[], settings: Partial<AcmeSettings> = {}) =>
  wishesOf(services, { ...acme, ...settings }).map(({ host }) => host);

it('wants the hosts of services with the label, those that are redirected and wildcards, too', () => {
  const services = [
    service('/shop', {
      typed: { CERT: 'acme', REDIRECT_FROM: 'www.example.com,old.example.com' },
      hostPatterns: ['*.shop.example.com'],
    }),
    service('/plain', { typed: undefined }),
    service('/tcp', { mode: 'tcp' }),
    service('/any', { vhosts: [], hostPatterns: ['*'] }),
  ];
  expect(hosts(services)).toEqual(['shop.example.com', '*.shop.example.com', 'www.example.com', 'old.example.com']);
});

it('wants each host once, for the first app', () => {
  const services = [service('/a', { vhosts: ['x.example.com'] }), service('/b', { vhosts: ['x.example.com'], index: 1 })];
  expect(wishesOf(services, acme)).toEqual([{ host: 'x.example.com', app: '/a', index: 0 }]);
});

it('wants what is possible of all services, if that is wanted, and says nothing about the rest', () => {
  const typed = undefined;
  const services = [
    service('/shop', { typed }),
    service('/other', { typed, vhosts: ['other.org'], hostPatterns: ['*.example.com', '~^x$'] }),
    service('/store', { typed: { CERT: 'shop.pem' } }),
  ];
  expect(hosts(services, { hosts: 'all' })).toEqual(['shop.example.com']);
  expect(hosts(services, { hosts: 'all', dnsHook: '/hook' })).toEqual(['shop.example.com', '*.example.com']);
  expect(orderProblems(services, { ...acme, hosts: 'all' })).toEqual([]);
});

it('says which hosts get no certificate and why, with the label that asks for it', () => {
  const services = [service('/shop'), service('/other', { index: 2, vhosts: ['other.org'] }), service('/bad')];
  const wish = { host: 'bad.example.com', app: '/bad', index: 0 };
  const failed = { ...wish, state: 'failed', why: 'dns: no such host', next: '2026-11-27T12:00:00.000Z' } as const;
  const issued = { host: 'shop.example.com', app: '/shop', index: 0, state: 'issued' } as const;
  expect(orderProblems(services, acme, [failed, issued])).toEqual([
    {
      code: 'certificate-order',
      app: '/other',
      label: 'HAPROXY_2_CERT',
      detail: expect.stringMatching(/^other\.org is not one of --acme-domains/),
    },
    {
      code: 'certificate-order',
      app: '/bad',
      label: 'HAPROXY_0_CERT',
      detail:
        'the order of a certificate for bad.example.com failed: dns: no such host; what is served stays, next try 2026-11-27T12:00:00.000Z',
    },
  ]);
});

it('orders by what HAProxy answers, not by what it will answer', () => {
  const wanted: (readonly [readonly Wish[], AcmeAnswer | undefined])[] = [];
  let answer: AcmeAnswer | undefined = { thumbprint: 'old', domains: acme.domains };
  const orders = createOrders({ answer: () => answer, hosts: () => [], want: (...args) => void wanted.push(args) }, acme);
  expect(orders.answer()).toEqual({ thumbprint: 'old', domains: acme.domains });
  answer = { thumbprint: 'new', domains: acme.domains };
  orders.served([service('/shop')]);
  expect(wanted).toEqual([
    [[{ host: 'shop.example.com', app: '/shop', index: 0 }], { thumbprint: 'old', domains: acme.domains }],
  ]);
});
