import { describe, expect, it } from 'vitest';
import type { Env } from '../options/read.ts';
import { type CertStore, readCertStore } from './cert-store.ts';

const FILES: Readonly<Record<string, string>> = {
  '/home/joe/key': `${'ab'.repeat(32)}\n${Buffer.alloc(32).toString('base64')}\n`,
  '/open': 'ab'.repeat(32),
  '/short': 'hidden',
  '/empty': '\n',
};

const read = (text: string, env: Env = {}, keyFile?: string): CertStore | undefined =>
  readCertStore(
    { text, keyFile, stateDir: '/state' },
    {
      cwd: '/home/joe',
      env,
      readFile: (path) => {
        const found = FILES[path];
        if (found === undefined) throw new Error('ENOENT');
        return found;
      },
      accessOf: (path) => ({ mode: path === '/open' ? 0o644 : 0o640, gid: 0 }),
    },
  );

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
    [
      'vault:secret/certs',
      { VAULT_ADDR: 'https://vault.test' },
      /--cert-store vault:…: VAULT_TOKEN is not set, nor is VAULT_TOKEN_FILE/,
    ],
    ['vault:secret/certs', { VAULT_ADDR: 'https://vault.test', VAULT_TOKEN_FILE: 'token' }, /'token' is no absolute path/],
    [
      'vault:secret/certs',
      { VAULT_ADDR: 'https://vault.test', VAULT_TOKEN: 'hidden', VAULT_TOKEN_FILE: '/token' },
      /VAULT_TOKEN and VAULT_TOKEN_FILE exclude each other/,
    ],
    ['vault:secret/certs', { VAULT_TOKEN: 'hidden' }, /VAULT_ADDR is not set, nor are VAULT_HOST and VAULT_PORT/],
    ['vault:secret/certs', { VAULT_ADDR: 'vault.test', VAULT_TOKEN: 'hidden' }, /VAULT_ADDR is not an address such as/],
    ['vault:secret/certs', { VAULT_ADDR: 'https://joe:hidden@v.test', VAULT_TOKEN: 'hidden' }, /VAULT_ADDR is not an address/],
    ['vault:secret/certs', { VAULT_ADDR: 'https://vault.test', VAULT_TOKEN: 'hidden\n' }, /VAULT_TOKEN holds blanks/],
    ['vault:secret', {}, /'vault:secret' names no folder of secrets/],
    ['vault:secret/../sys', {}, /names no folder of secrets/],
    ['vault:https://joe:hidden@vault.test/secret/x', {}, /'vault:…' names no folder of secrets/],
    ['vault:/joe:hidden@vault.test/x', {}, /'vault:…' names no folder of secrets/],
    ['https://joe:hidden@vault.test/x', {}, /--cert-store: this is no store/],
    ['joe:hidden@vault.test', {}, /--cert-store: this is no store/],
  ])('%s is refused with %j', (text, env, message) => {
    const attempt = (): unknown => read(text, env);
    expect(attempt).toThrow(message);
    expect(attempt).not.toThrow(/hidden/);
  });
});

describe('a store in ZooKeeper', () => {
  it.each([
    ['zk://one.test,two.test:2182/lb/certs/', 'one.test:2181,two.test:2182', '/lb/certs'],
    ['zk://127.0.0.1:2181/lb', '127.0.0.1:2181', '/lb'],
  ])('is read from %s', (text, servers, path) => {
    const found = read(text, {}, 'key');
    expect(found).toMatchObject({ kind: 'zk', servers, path });
    const keys = found?.kind === 'zk' ? found.keys.map((key) => Buffer.from(key.reveal(), 'base64').toString('hex')) : [];
    expect(keys).toEqual(['ab'.repeat(32), '00'.repeat(32)]);
    expect(JSON.stringify(found)).not.toContain('q6ur');
  });

  it.each([
    ['zk://one.test', 'key', /'zk:\/\/one.test' is no place in ZooKeeper/],
    ['zk://one.test/../x', 'key', /is no place in ZooKeeper/],
    ['zk:one.test/x', 'key', /is no place in ZooKeeper/],
    ['zk://joe:hidden@one.test/x', 'key', /is no place in ZooKeeper; give hosts and a path without credentials/],
    ['zk://joe:hidden@one.test:2181', 'key', /'zk:…' is no place in ZooKeeper/],
    ['zk://one.test:99999/x', 'key', /'zk:\/\/one.test:99999\/x' is no place in ZooKeeper/],
    ['zk://one.test:0/x', 'key', /is no place in ZooKeeper/],
    ['zk://one.test/x', undefined, /needs --cert-store-key/],
    ['zk://one.test/x', 'none', /--cert-store-key: \/home\/joe\/none cannot be read \(ENOENT\)/],
    ['zk://one.test/x', '/open', /every user can read \/open/],
    ['zk://one.test/x', '/short', /\/short has to have a key of 32 bytes/],
    ['zk://one.test/x', '/empty', /\/empty has to have a key of 32 bytes/],
    ['dir:certs', 'key', /--cert-store-key has no effect without --cert-store zk/],
  ])('%s with the key of %s is refused', (text, keyFile, message) => {
    const attempt = (): unknown => read(text, {}, keyFile);
    expect(attempt).toThrow(message);
    expect(attempt).not.toThrow(/hidden/);
  });
});
