import { describe, expect, it } from 'vitest';
import type { Env } from '../options/read.ts';
import { type CertStore, readCertStore } from './cert-store.ts';

const read = (text: string, env: Env = {}): CertStore | undefined => readCertStore(text, { cwd: '/home/joe', env }, '/state');

describe('a store in Vault', () => {
  it.each([
    ['vault:secret/certs', { VAULT_ADDR: 'https://vault.test:8200/' }, 'https://vault.test:8200', 'secret', 'certs'],
    ['vault:/v1/team/kv/data/lb/certs/', { VAULT_ADDR: 'http://127.0.0.1:8100' }, 'http://127.0.0.1:8100', 'team/kv', 'lb/certs'],
    [
      'vault:kv/lb/certs',
      { VAULT_HOST: 'other.test', VAULT_PORT: '8200', VAULT_ADDR: 'https://vault.test' },
      'https://other.test:8200',
      'kv',
      'lb/certs',
    ],
  ])('is read from %s', (text, address, url, mount, path) => {
    const found = read(text, { VAULT_TOKEN: 'hvs.hidden', VAULT_CACERT: '/ca.pem', VAULT_NAMESPACE: 'admin', ...address });
    expect(found).toMatchObject({ kind: 'vault', mount, path, server: { url, caFile: '/ca.pem', namespace: 'admin' } });
    expect(JSON.stringify(found)).not.toContain('hidden');
  });

  it.each([
    ['vault:secret/certs', { VAULT_ADDR: 'https://vault.test' }, /--cert-store vault:…: VAULT_TOKEN is not set/],
    ['vault:secret/certs', { VAULT_TOKEN: 'hidden' }, /VAULT_ADDR is not set, nor are VAULT_HOST and VAULT_PORT/],
    ['vault:secret/certs', { VAULT_ADDR: 'vault.test', VAULT_TOKEN: 'hidden' }, /VAULT_ADDR is not an address such as/],
    ['vault:secret/certs', { VAULT_ADDR: 'https://joe:hidden@v.test', VAULT_TOKEN: 'hidden' }, /VAULT_ADDR is not an address/],
    ['vault:secret/certs', { VAULT_ADDR: 'https://vault.test', VAULT_TOKEN: 'hidden\n' }, /VAULT_TOKEN holds blanks/],
    ['vault:secret', {}, /'vault:secret' names no folder of secrets/],
    ['vault:secret/../sys', {}, /names no folder of secrets/],
  ])('%s is refused with %j', (text, env, message) => {
    const attempt = (): unknown => read(text, env);
    expect(attempt).toThrow(message);
    expect(attempt).not.toThrow(/hidden/);
  });
});
