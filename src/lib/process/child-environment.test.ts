import { expect, test } from 'vitest';
import { haproxyEnvironment, hookEnvironment } from './child-environment.ts';

test('what HAProxy needs is kept', () => {
  const env = {
    PATH: '/bin',
    TZ: 'UTC',
    LANG: 'C',
    LC_ALL: 'C',
    HAPROXY_LOCALPEER: 'a',
    HOST: 'agent',
    PORT0: '31000',
    PORTS: '80',
  };
  expect(haproxyEnvironment(env)).toEqual(env);
});

test.each([
  'MARATHON_PASSWORD',
  'MARATHON_LB_HAPROXY_CONFIG',
  'VAULT_TOKEN',
  'DCOS_SERVICE_ACCOUNT_CREDENTIAL',
  'HAPROXY_SSL_CERT',
  'HAPROXY_SSL_CERT7',
  'HAPROXY_HEAD',
  'AWS_SECRET_ACCESS_KEY',
  'NOTIFY_SOCKET',
  'PORT_TOKEN',
  'XPATH',
])('%s is none of its business', (name) => expect(haproxyEnvironment({ [name]: 'hidden' })).toEqual({}));

test('a program of the operator gets all but the secrets of this program', () => {
  const env = { PATH: '/bin', AWS_SECRET_ACCESS_KEY: 'hidden', VAULT_ADDR: 'https://vault.test' };
  const secrets = ['VAULT_TOKEN', 'MARATHON_PASSWORD', 'MARATHON_LB_ACME_EAB', 'HAPROXY_SSL_CERT', 'HAPROXY_SSL_CERT7'];
  expect(hookEnvironment({ ...env, ...Object.fromEntries(secrets.map((name) => [name, 'hidden'])) })).toEqual(env);
});
