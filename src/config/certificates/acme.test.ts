import { describe, expect, it } from 'vitest';
import { readAcme } from './acme.ts';
import { readValues } from '../options/read.ts';

const files: Readonly<Record<string, string>> = {
  '/work/ca.pem': '-----BEGIN CERTIFICATE-----\nx\n',
  '/etc/eab': 'kid-1:zWNDZM6eQGHWpSRTPal5eIUYFTu7EajV\nmore',
  '/etc/wrong': 'kid-1 secretsecretsecret',
};
const machine = {
  cwd: '/work',
  isProgram: (path: string) => path === '/work/hook.sh',
  readFile: (path: string) => {
    const text = files[path];
    if (text === undefined) throw new Error('ENOENT');
    return text;
  },
};
const read = (raw: Readonly<Record<string, unknown>>, env = {}) => readAcme(readValues(raw, env), machine);

describe('readAcme', () => {
  it('is off without domains, and refuses what would have no effect then', () => {
    expect(read({})).toBeUndefined();
    expect(read({}, { MARATHON_LB_ACME_EAB: 'kid:zWNDZM6eQGHWpSRTPal5eIUYFTu7EajV' })).toBeUndefined();
    expect(() => read({ acmeEmail: 'a@b.c' })).toThrow(/--acme-email has no effect without --acme-domains/);
  });

  it('orders from Let’s Encrypt, for domains that are named one by one', () => {
    expect(read({ acmeDomains: '*.Example.com, shop.org.,' })).toEqual({
      domains: ['*.example.com', 'shop.org'],
      hosts: 'labels',
      directory: 'https://acme-v02.api.letsencrypt.org/directory',
      ca: undefined,
      email: undefined,
      eab: undefined,
      keyType: 'ec',
      dnsHook: undefined,
    });
    expect(read({ acmeDomains: 'shop.org', acmeStaging: true })?.directory).toMatch(/acme-staging/);
    for (const wrong of [
      '*',
      '*.*.com',
      '*.com',
      'localhost',
      'a b.com',
      'https://a.com',
      'a.com/x',
      'a"b.com',
      'a.com:80',
      '~^x',
    ]) {
      expect(() => read({ acmeDomains: wrong })).toThrow(/neither a domain/);
    }
    expect(() => read({ acmeDomains: ' , ' })).toThrow(/names no domain/);
    expect(() => read({ acmeDomains: Array.from({ length: 101 }, (_, at) => `a${at}.com`).join(',') })).toThrow(/101 domains/);
  });

  it('takes another server, only by TLS', () => {
    const raw = { acmeDomains: 'shop.org', acmeDirectory: 'https://ca.corp/dir', acmeCa: 'ca.pem', acme: 'all', acmeKey: 'rsa' };
    expect(read(raw)).toMatchObject({
      directory: 'https://ca.corp/dir',
      ca: files['/work/ca.pem'],
      hosts: 'all',
      keyType: 'rsa',
    });
    expect(() => read({ ...raw, acmeStaging: true })).toThrow(/exclude each other/);
    for (const wrong of ['http://ca.corp/dir', 'ca.corp', 'https://user:word@ca.corp/']) {
      expect(() => read({ ...raw, acmeDirectory: wrong })).toThrow(
        /^option --acme-directory: not an address that begins with https:..$/,
      );
    }
    expect(() => read({ ...raw, acmeCa: '/etc/eab' })).toThrow(/holds no certificate/);
    expect(() => read({ ...raw, acmeCa: '/none' })).toThrow(/cannot be read/);
    expect(() => read({ ...raw, acmeEmail: 'nobody' })).toThrow(/not an e-mail address/);
  });

  it('takes the binding of an account from a file or the environment, and shows no key', () => {
    const key = 'zWNDZM6eQGHWpSRTPal5eIUYFTu7EajV';
    const found = read({ acmeDomains: 'shop.org', acmeEab: '/etc/eab' });
    expect(found?.eab?.kid).toBe('kid-1');
    expect(found?.eab?.key.reveal()).toBe(key);
    expect(JSON.stringify(found)).not.toContain(key);
    expect(read({ acmeDomains: 'shop.org' }, { MARATHON_LB_ACME_EAB: `a:${key}` })?.eab?.key.reveal()).toBe(key);
    expect(() => read({ acmeDomains: 'shop.org', acmeEab: '/etc/wrong' })).toThrow(
      /^option --acme-eab: the first line of \/etc\/wrong is not of the form KID:KEY[^:]*$/,
    );
    expect(() => read({ acmeDomains: 'shop.org' }, { MARATHON_LB_ACME_EAB: 'secretsecretsecret' })).toThrow(
      /^environment variable MARATHON_LB_ACME_EAB: not of/,
    );
  });

  it('takes a program that can be run as the hook', () => {
    expect(read({ acmeDomains: 'shop.org', acmeDnsHook: 'hook.sh' })?.dnsHook).toBe('/work/hook.sh');
    expect(() => read({ acmeDomains: 'shop.org', acmeDnsHook: 'hook.sh --fast' })).toThrow(/is no program/);
  });
});
