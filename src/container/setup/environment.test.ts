import { describe, expect, it } from 'vitest';
import { selfSigned } from '../../certificates/self-signed.ts';
import { type Environment, readEnvironment } from './environment.ts';

const request = { days: 1, now: new Date() };
const one = await selfSigned({ ...request, hosts: ['one.test'] });
const two = await selfSigned({ ...request, hosts: ['two.test'] });
const certificateOf = (pem: string): string => pem.slice(0, pem.indexOf('-----BEGIN PRIVATE'));
const keyOf = (pem: string): string => pem.slice(pem.indexOf('-----BEGIN PRIVATE'));
const ports = { PORTS: '9090,80' };
const vault = { VAULT_TOKEN: 's.hidden', VAULT_HOST: 'vault.test', VAULT_PORT: '8200', VAULT_PATH: 'secret/marathon' };

const placeOf = ({ vault: found }: Environment): string => `${found?.server.url} ${found?.path}`;

describe('readEnvironment', () => {
  it('needs no variable', () => {
    expect(readEnvironment({})).toEqual({
      certificates: [],
      sandbox: undefined,
      ports: undefined,
      sysctl: [],
      sysctlStrict: true,
      logToStdout: false,
      syslogSocket: '/dev/null',
      pollInterval: 60,
      credentials: undefined,
      vault: undefined,
    });
  });

  it.each<[string, Record<string, string>, (read: Environment) => unknown, unknown]>([
    ['a certificate with \\n', { HAPROXY_SSL_CERT: one.replaceAll('\n', '\\n') }, (e) => e.certificates[0]?.pem.reveal(), one],
    [
      'numbers',
      { HAPROXY_SSL_CERT100: two, HAPROXY_SSL_CERT0: one },
      (e) => e.certificates.map(({ file }) => file),
      ['cert0.pem', 'cert100.pem'],
    ],
    ['a number too high', { HAPROXY_SSL_CERT101: 'x' }, (e) => e.certificates, []],
    ['an empty certificate', { HAPROXY_SSL_CERT: '' }, (e) => e.certificates, []],
    [
      'parameters',
      { HAPROXY_SYSCTL_PARAMS: "net.a=1 net.b='1 2'" },
      (e) => e.sysctl,
      [
        ['net.a', '1'],
        ['net.b', '1 2'],
      ],
    ],
    ['ports', { PORTS: '80, 443' }, (e) => e.ports, [80, 443]],
    ['non-strict', { HAPROXY_SYSCTL_NONSTRICT: 'True' }, (e) => e.sysctlStrict, false],
    ['log', { HAPROXY_SYSLOGD: '1' }, (e) => e.logToStdout, true],
    ['no log', { HAPROXY_SYSLOGD: 'false' }, (e) => e.logToStdout, false],
    ['interval', { POLL_INTERVAL: '2.5' }, (e) => e.pollInterval, 2.5],
    ['socket', { SYSLOG_SOCKET: '/dev/log' }, (e) => e.syslogSocket, '/dev/log'],
    ['user', { MARATHON_USER: 'joe', MARATHON_PASSWORD: 'a:b' }, (e) => e.credentials?.password.reveal(), 'a:b'],
    ['vault', vault, placeOf, 'https://vault.test:8200 secret/marathon'],
    ['vault path', { ...vault, VAULT_PATH: '/v1/kv/data/lb/' }, placeOf, 'https://vault.test:8200 kv/data/lb'],
    [
      'a vault by its address',
      { VAULT_TOKEN: 's.hidden', VAULT_ADDR: 'https://other.test', VAULT_PATH: 'kv/lb' },
      placeOf,
      'https://other.test kv/lb',
    ],
    [
      'a vault with its token in a file',
      { ...vault, VAULT_TOKEN: '', VAULT_TOKEN_FILE: '/run/token' },
      (e) => e.vault?.server.token,
      { file: '/run/token' },
    ],
    ['no vault of which only the address is known', { VAULT_ADDR: 'https://other.test' }, (e) => e.vault, undefined],
  ])('reads %s', (_what, env, pick, expected) => {
    expect(pick(readEnvironment({ ...ports, ...env }))).toEqual(expected);
  });

  it.each<[string, Record<string, string>, RegExp]>([
    ['a word as port', { PORTS: '80,http' }, /^PORTS: 'http'/],
    ['a port too high', { PORTS: '70000' }, /^PORTS: '70000'/],
    ['no certificate', { HAPROXY_SSL_CERT3: keyOf(one) }, /^HAPROXY_SSL_CERT3: holds no certificate/],
    ['no key', { HAPROXY_SSL_CERT: certificateOf(one) }, /^HAPROXY_SSL_CERT: holds no private key/],
    ['another key', { HAPROXY_SSL_CERT: certificateOf(one) + keyOf(two) }, /^HAPROXY_SSL_CERT: .*another certificate/],
    ['a relative sandbox', { MESOS_SANDBOX: 'x' }, /^MESOS_SANDBOX: 'x'/],
    ['no value', { HAPROXY_SYSCTL_PARAMS: 'net.a=1 b' }, /^HAPROXY_SYSCTL_PARAMS: 'b'/],
    ['a path that climbs', { HAPROXY_SYSCTL_PARAMS: 'a/../../x=1' }, /^HAPROXY_SYSCTL_PARAMS: /],
    ['an open quote', { HAPROXY_SYSCTL_PARAMS: "a='1" }, /^HAPROXY_SYSCTL_PARAMS: a quote/],
    ['no switch', { HAPROXY_SYSCTL_NONSTRICT: 'maybe' }, /^HAPROXY_SYSCTL_NONSTRICT: 'maybe'/],
    ['no switch for the log', { HAPROXY_SYSLOGD: '/dev/log' }, /^HAPROXY_SYSLOGD: /],
    ['a relative socket', { SYSLOG_SOCKET: 'log' }, /^SYSLOG_SOCKET: 'log'/],
    ['no interval', { POLL_INTERVAL: 'soon' }, /^POLL_INTERVAL: 'soon'/],
    ['interval 0', { POLL_INTERVAL: '0' }, /^POLL_INTERVAL: '0'/],
    ['no password', { MARATHON_USER: 'joe' }, /MARATHON_PASSWORD is not/],
    ['no user', { MARATHON_PASSWORD: 'hidden' }, /MARATHON_USER is not/],
    ['a vault that only has an address', { VAULT_TOKEN: 'hidden', VAULT_ADDR: 'https://h' }, /^VAULT_HOST, .*VAULT_PATH not set/],
    ['half a vault', { VAULT_TOKEN: 'hidden', VAULT_HOST: 'h' }, /^VAULT_PORT, VAULT_PATH not set/],
    ['a URL as host', { ...vault, VAULT_HOST: 'https://h' }, /^VAULT_HOST: /],
    ['no port of a vault', { ...vault, VAULT_PORT: 'x' }, /^VAULT_PORT: 'x'/],
    ['a path that leads elsewhere', { ...vault, VAULT_PATH: '../sys/x' }, /^VAULT_PATH: /],
    ['credentials twice', { ...vault, MARATHON_USER: 'joe', MARATHON_PASSWORD: 'hidden' }, /exclude each other/],
  ])('refuses %s and names the variable', (_what, env, message) => {
    const read = (): unknown => readEnvironment({ ...ports, ...env });
    expect(read).toThrow(message);
    expect(read).not.toThrow(/hidden|BEGIN/);
  });

  it('needs no credentials for Marathon of a vault with certificates', () => {
    const { VAULT_PATH, ...others } = vault;
    expect(() => readEnvironment({ ...ports, ...others })).toThrow(/^VAULT_PATH not set/);
    expect(readEnvironment({ ...ports, ...others }, { storesInVault: true }).vault).toBeUndefined();
    expect(readEnvironment({ ...ports, ...others, VAULT_PATH }, { storesInVault: true }).vault?.path).toBe(VAULT_PATH);
  });
});
