import { generateKeyPairSync } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import type { SimOptions } from '../../sim/options.ts';
import { app } from '../support/marathon/apps.ts';
import { makeCa } from '../support/marathon/marathon-http.ts';
import { startStack, type Ports, type Stack, type StackOptions } from '../support/program/stack.ts';

/** Marathons of all kinds, each followed: an app is served, and scaled. */
const follow = (sim: SimOptions, args?: StackOptions['args'], more: StackOptions = {}): Promise<Stack> =>
  startStack({ apps: one, sim, ...(args === undefined ? {} : { args }), ...more });

function one({ service }: Ports): object[] {
  return [app('/one', service[0] ?? 0, { HAPROXY_0_VHOST: 'one.test' })];
}

describe('Marathon is followed', () => {
  test('below a base path', async () => {
    await using stack = await follow({ basePath: '/service/marathon' });
    expect(await scaled(stack)).toBe(2);
  });

  test('with basic authentication', async () => {
    await using stack = await follow({ basicAuth: { user: 'ann', password: 'se:cret' } }, () => [
      '--auth-credentials',
      'ann:se:cret',
    ]);
    expect(await scaled(stack)).toBe(2);
    expect(stack.daemon.text()).not.toContain('se:cret');
  });

  test('with the credentials of a file', async () => {
    await using stack = await follow({ basicAuth: { user: 'ann', password: 'secret' } }, async ({ folder }) => {
      await writeFile(join(folder, 'credentials'), 'ann:secret\n');
      return ['--marathon-auth-credential-file', 'credentials'];
    });
    expect(await scaled(stack)).toBe(2);
  });

  test('with a service account of DC/OS, whose tokens expire', async () => {
    const { publicKey, privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
    const key = privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();
    await using stack = await follow({ acs: { uid: 'mlb', publicKey, expiresInSeconds: 1 } }, ({ sim }) => {
      const account = { uid: 'mlb', private_key: key, login_endpoint: `${sim.url}/acs/api/v1/auth/login` };
      return ['--dcos-auth-credentials', JSON.stringify(account)];
    });
    await stack.expectServed('/one');
    const end = performance.now() + 1500;
    await stack.eventually(() => expect(performance.now()).toBeGreaterThan(end));
    stack.sim.crash(stack.sim.tasks('/one')[0]?.id ?? '');
    await stack.sim.until(() => stack.sim.events.filter(({ taskStatus }) => taskStatus === 'TASK_RUNNING').length === 2);
    await stack.expectServed('/one');
    expect(stack.daemon.text()).not.toContain(key.split('\n')[1]);
  });

  test('over TLS, with its CA', async () => {
    using ca = await makeCa();
    await using stack = await follow({ tls: ca }, () => ['--marathon-ca-cert', ca.caFile]);
    await stack.expectServed('/one');
    expect(await stack.get('/', { host: 'one.test' })).toMatchObject({ app: '/one' });
  });

  test('over TLS, unverified where that is asked for', async () => {
    using ca = await makeCa();
    await using stack = await follow({ tls: ca }, () => ['--marathon-insecure']);
    await stack.expectServed('/one');
    expect(await stack.get('/', { host: 'one.test' })).toMatchObject({ app: '/one' });
  });

  test('at the next endpoint where the first is dead', async () => {
    await using stack = await follow({}, ({ sim, ports }) => ['--marathon', `http://127.0.0.1:${ports.service[1]}`, sim.url]);
    expect(await scaled(stack)).toBe(2);
  });

  test('by way of a standby, which redirects the event stream', async () => {
    await using stack = await follow({ basicAuth: { user: 'ann', password: 'secret' } }, async ({ sim }) => [
      '--marathon',
      (await sim.startStandby()).url,
      '--auth-credentials',
      'ann:secret',
    ]);
    expect(await scaled(stack)).toBe(2);
  });

  test('over an event stream that falls silent: it is opened again, and what was missed is read', async () => {
    // The 300 s without a byte after which a stream counts as lost are two here; no other clock of the program is faster.
    const sooner =
      'const real = setTimeout; globalThis.setTimeout = (run, ms, ...more) => real(run, ms === 300000 ? 2000 : ms, ...more);';
    await using stack = await follow({}, undefined, {
      env: { NODE_OPTIONS: `--import=data:text/javascript,${encodeURIComponent(sooner)}` },
    });
    expect(await scaled(stack)).toBe(2);
    stack.sim.setStreamFault({ silent: true });
    const mark = stack.daemon.mark();
    await stack.scale('/one', 3);
    await stack.sim.idle();
    await stack.daemon.until(/was silent for 300 s: it is opened again/, mark);
    await stack.expectServed('/one', 3);
  });

  test('by its callbacks, up to 1.4', async () => {
    await using stack = await follow({ profile: '1.4' }, ({ ports }) => ['--listening', `http://127.0.0.1:${ports.service[1]}`], {
      mode: [],
    });
    expect(await scaled(stack)).toBe(2);
    const callbackUrls = [`http://127.0.0.1:${stack.ports.service[1]}`];
    expect(await stack.marathon('GET', '/v2/eventSubscriptions')).toEqual({ callbackUrls });
    stack.daemon.kill('SIGTERM');
    expect(await stack.daemon.ended).toMatchObject({ status: 0 });
    expect(await stack.marathon('GET', '/v2/eventSubscriptions')).toEqual({ callbackUrls: [] });
  });

  test('as soon as it is there, where it was not at the start; SIGTERM ends that with status 0', async () => {
    await using stack = await follow({}, ({ sim }) => {
      // Longer than the program takes to start, also on a busy machine.
      sim.loseLeader({ ms: 8000 });
      return [];
    });
    await stack.daemon.until(/502/);
    await stack.expectServed('/one');
    stack.daemon.kill('SIGTERM');
    expect(await stack.daemon.ended).toMatchObject({ status: 0 });
    expect(await stack.get('/', { host: 'one.test' })).toMatchObject({ app: '/one' });
  });
});

/** Scales the app from 1 to 2 and says how many tasks are served then. */
async function scaled(stack: Stack): Promise<number> {
  await stack.expectServed('/one');
  await stack.scale('/one', 2);
  await stack.expectServed('/one', 2);
  return 2;
}
