import { describe, expect, test } from 'vitest';
import type { Service } from '../service.ts';
import { tlsFor, tlsHosts } from './host-tls.ts';

const service = (app: string, vhosts: readonly string[], typed: Service['typed'], more: Partial<Service> = {}): Service =>
  ({ app, index: 0, backend: app.slice(1), mode: 'http', vhosts, typed, ...more }) as Service;

const known = new Set(['partners', 'staff']);
const required = { authority: 'partners', verify: 'required' };

describe('what labels choose for hosts', () => {
  test('is that of the services with the host; an order of a certificate is none', () => {
    const hosts = tlsHosts(
      [
        service('/a', ['a.test'], { CERT: 'acme' }),
        service('/b', ['b.test', 'c.test'], { CERT: 'shop', TLS_MIN_VERSION: 'TLSv1.3' }),
        service('/c', ['t.test'], { CERT: 'shop' }, { mode: 'tcp' }),
      ],
      known,
    );
    expect([...hosts.keys()]).toEqual(['b.test', 'c.test']);
    expect(hosts.get('b.test')).toMatchObject({ certificate: 'shop', minVersion: 'TLSv1.3', client: undefined });
  });

  test('no regular expression, and no authority that is not known', () => {
    const typed = { TLS_CLIENT_CA: 'partners' };
    expect(tlsHosts([service('/a', [], typed, { hostPatterns: ['~^a', '*', '*.a.test'] })], known)).toEqual(
      new Map([['*.a.test', expect.objectContaining({ client: required })]]),
    );
    expect(tlsHosts([service('/a', ['a.test'], { TLS_CLIENT_CA: 'nobody' })], known).size).toBe(0);
  });

  test('of several apps the leading one decides, and none if nobody leads', () => {
    const own = { TLS_CLIENT_CA: 'partners' };
    const both = (leads: readonly string[] | undefined) =>
      tlsHosts([service('/a', ['x.test'], own, { leads }), service('/b', ['x.test'], { TLS_MIN_VERSION: 'TLSv1.2' })], known);
    expect(both(['x.test']).get('x.test')).toMatchObject({
      minVersion: undefined,
      client: { authority: 'partners', verify: 'optional' },
    });
    expect(both(undefined).size).toBe(0);
  });

  test('the handshake asks for a certificate only if all services of the host do', () => {
    const own = { TLS_CLIENT_CA: 'partners' };
    const verifyOf = (typed: Service['typed']) =>
      tlsHosts([service('/a', ['x.test'], own), service('/a', ['x.test'], typed)], known).get('x.test')?.client?.verify;
    expect([verifyOf(own), verifyOf({}), verifyOf({ ...own, TLS_CLIENT_VERIFY: 'optional' })]).toEqual([
      'required',
      'optional',
      'optional',
    ]);
  });

  test('a name is under the longest wildcard, unless a service has it', () => {
    const [one, two] = [{ certificate: 'one' }, { certificate: 'two' }];
    const hosts = new Map([
      ['*.test', one],
      ['*.a.test', two],
    ]);
    const forName = (name: string) => tlsFor(name, hosts, (host) => host === 's.test' || host === '*.s.a.test');
    expect([forName('x.test'), forName('x.y.a.test'), forName('*.b.test')]).toEqual([one, two, one]);
    expect([forName('s.test'), forName('x.s.a.test')]).toEqual([undefined, undefined]);
  });
});
