import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { app } from '../support/marathon/apps.ts';
import { startContainer, type ContainerOptions, type ContainerPorts } from '../support/program/container.ts';
import { json, makeCa, serve } from '../support/marathon/marathon-http.ts';

function apps({ service }: ContainerPorts): object[] {
  return [app('/shop', service[0]!, { HAPROXY_0_VHOST: 'shop.test' })];
}

/** Starts it, has it serve, and gives all that it said. */
async function served(options: ContainerOptions): Promise<string> {
  await using container = await startContainer({ apps, ...options });
  await container.program.eventually(async () => {
    expect(await container.get('/', { host: 'shop.test' })).toMatchObject({ status: 200, app: '/shop' });
  });
  return container.program.text();
}

/** Starts it, waits for its end, and gives what it said. */
async function refused(env: Readonly<Record<string, string>>): Promise<string> {
  await using container = await startContainer({ env: () => env });
  const { status, out, err } = await container.program.ended;
  expect([status, out]).toEqual([1, '']);
  expect(err).not.toMatch(/HAProxy: |HAProxy serves/);
  return err;
}

const login = { user: 'ann', pass: 'se:cret' };

test.each([
  ['1', 'secret/lb', { data: login }],
  ['2', 'secret/data/lb', { data: { data: login, metadata: { version: 3 } } }],
])('has the credentials for Marathon from Vault, KV version %s', async (_version, path, answer) => {
  using ca = await makeCa();
  await using vault = await serve(json(answer), ca);
  const { hostname, port } = new URL(vault.url);
  const env = { VAULT_TOKEN: 's.hidden', VAULT_HOST: hostname, VAULT_PORT: port, VAULT_PATH: path, VAULT_CACERT: ca.caFile };
  const text = await served({ sim: { basicAuth: { user: login.user, password: login.pass } }, env: () => env });
  expect(vault.requests).toMatchObject([{ url: `/v1/${path}`, headers: { 'x-vault-token': 's.hidden' } }]);
  expect(text).not.toMatch(/hidden|se:cret/);
});

test('does not start with a Vault that it cannot trust', async () => {
  using ca = await makeCa();
  await using vault = await serve(json({ data: login }), ca);
  const { hostname, port } = new URL(vault.url);
  const said = await refused({ VAULT_TOKEN: 's.hidden', VAULT_HOST: hostname, VAULT_PORT: port, VAULT_PATH: 'secret/lb' });
  expect(said).toMatch(/Vault at https:\S+ does not answer .*certificate.*VAULT_CACERT/);
  expect(said).not.toMatch(/hidden|se:cret/);
  expect(vault.requests).toEqual([]);
});

const KNOWN = '/proc/sys/net/core/somaxconn';

test.runIf(process.getuid?.() === 0)('sets kernel parameters, and needs them all unless told otherwise', async () => {
  const HAPROXY_SYSCTL_PARAMS = `net.core.somaxconn=${readFileSync(KNOWN, 'utf8').trim()} net.core.nosuch=1`;
  expect(await refused({ HAPROXY_SYSCTL_PARAMS })).toMatch(
    /HAPROXY_SYSCTL_PARAMS: net\.core\.nosuch cannot be set .*HAPROXY_SYSCTL_NONSTRICT/,
  );
  const text = await served({ env: () => ({ HAPROXY_SYSCTL_PARAMS, HAPROXY_SYSCTL_NONSTRICT: 'true' }) });
  expect(text).toContain('net.core.somaxconn is set to ');
  expect(text).toContain('HAPROXY_SYSCTL_PARAMS: net.core.nosuch cannot be set to 1 (ENOENT)');
});

test('has user and password of Marathon from the environment', async () => {
  const env = { MARATHON_USER: login.user, MARATHON_PASSWORD: login.pass };
  const text = await served({ sim: { basicAuth: { user: login.user, password: login.pass } }, env: () => env });
  expect(text).not.toContain('se:cret');
});

test('does not start beside another one with the same configuration', async () => {
  await using container = await startContainer({ apps });
  const isServed = async (): Promise<void> => {
    expect(await container.get('/', { host: 'shop.test' })).toMatchObject({ status: 200, app: '/shop' });
  };
  await container.program.eventually(isServed);
  const [master] = await container.pids();
  const { status, err } = await container.again().ended;
  expect([status, err]).toEqual([1, expect.stringMatching(/haproxy\.cfg is written by another marathon-lb \(pid \d+\)/)]);
  expect((await container.pids())[0]).toBe(master);
  await isServed();
});
