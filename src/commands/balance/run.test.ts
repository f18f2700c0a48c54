import { expect, test } from 'vitest';
import { run } from './run.ts';

/** Nothing can be made there, should it be tried all the same. */
const NOWHERE = {
  haproxyConfig: '/proc/none/haproxy.cfg',
  stateDir: '/proc/none/state',
  runtimeDir: '/proc/none/run',
  certDir: '/proc/none/ssl',
};

test.each([
  ['PORTS', { PORTS: '9090,no' }],
  ['POLL_INTERVAL', { POLL_INTERVAL: 'often' }],
  ['DCOS_SERVICE_ACCOUNT_CREDENTIAL', { PORTS: '9090', DCOS_SERVICE_ACCOUNT_CREDENTIAL: '{"private_key":"hidden"}' }],
  ['DCOS_SERVICE_ACCOUNT_CREDENTIAL', { PORTS: '9090', DCOS_SERVICE_ACCOUNT_CREDENTIAL: 'hidden' }],
])('ends with status 1 and one sentence that names %s', async (name, env) => {
  const said = { out: '', err: '' };
  const status = await run(
    { mode: 'sse', callback: undefined, raw: { group: ['external'], ...NOWHERE } },
    { env, out: (text) => (said.out += text), err: (text) => (said.err += text) },
  );
  expect([status, said.out]).toEqual([1, '']);
  expect(said.err).toMatch(new RegExp(`^marathon-lb run: .*${name}.*\n$`));
  expect(said.err).not.toContain('hidden');
});
