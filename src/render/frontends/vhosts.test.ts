import { expect, it } from 'vitest';
import { service } from '../../../test/support/rendering/documents.ts';
import { plainRender } from '../../../test/support/rendering/render-settings.ts';
import { featuresOf, parseHaproxyVersion } from '../../config/versions/version.ts';
import { print } from '../document.ts';
import { createLibrary } from '../templates/library.ts';
import { render } from '../render.ts';

/** Names that would be the same: of each other, of the shared frontends, of a service's backend and of its frontend. */
const vhosts = ['shop', 'shop.in', 'shop_in', 'marathon.http', 'marathon.https', 'app-1.10001', 'app-1.10001.in', 'plain.test'];
const services = vhosts.map((vhost, at) => service(at + 1, {}, { vhosts: [vhost] }));

function rendered(version: string): string {
  const settings = { ...plainRender, groupHttpsByVhost: true, haproxy: featuresOf(parseHaproxyVersion(version)) };
  return print(render(services, settings, createLibrary(settings)).document);
}

function sectionsOf(text: string): string[] {
  return Array.from(text.matchAll(/^(?:frontend|backend|listen) (\S+)/gm), ([, name = '']) => name);
}

it('gives each section a name of its own from HAProxy 3.3 on', () => {
  const text = rendered('3.4');
  const names = sectionsOf(text);
  expect(names.filter((name, at) => names.indexOf(name) !== at)).toEqual([]);
  expect(names).toContain('plain_test');
  expect(names).toContain('plain_test_in');
  // Each vhost's way: from the shared frontend to its backend, and to the frontend that listens there.
  for (const vhost of vhosts) {
    const [, backend = ''] = new RegExp(`use_backend (\\S+) if \\{ req_ssl_sni -i ${vhost} \\}`).exec(text) ?? [];
    expect(text).toContain(`backend ${backend}\n  server loopback-for-tls abns@${backend} send-proxy-v2\n`);
    expect(text).toMatch(new RegExp(`frontend ${backend}_in\n  mode http\n  bind abns@${backend} accept-proxy`));
  }
});

it('names frontends like their backends before, as 1.15 does', () => {
  const names = sectionsOf(rendered('3.2'));
  for (const name of ['plain_test', 'shop', 'app-8_10008']) expect(names.filter((each) => each === name)).toHaveLength(2);
  expect(names.some((name) => name.endsWith('_in') && !/^(?:marathon_|shop_in|app-1_10001_in)/.test(name))).toBe(false);
});

it('takes the certificates and options of a host from its holder, else from the older app', () => {
  const settings = { ...plainRender, groupHttpsByVhost: true };
  const bindOf = (change: object): string => {
    const one = service(
      1,
      {},
      { vhosts: ['shop'], path: '/zz', since: '2020', bindOptions: 'verify required', sslCert: '/one.pem' },
    );
    const two = service(2, {}, { vhosts: ['shop'], since: '2026', bindOptions: 'ssl-min-ver TLSv1.2', ...change });
    const text = print(render([one, two], settings, createLibrary(settings)).document);
    return /bind abns@shop [^\n]*/.exec(text)?.[0] ?? '';
  };
  expect(bindOf({ leads: ['shop'] })).toBe('bind abns@shop accept-proxy ssl crt /etc/ssl/cert.pem ssl-min-ver TLSv1.2');
  expect(bindOf({})).toBe('bind abns@shop accept-proxy ssl crt /one.pem verify required');
});
