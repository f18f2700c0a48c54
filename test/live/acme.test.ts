/** Certificates from a real ACME server (pebble, which refuses nonces and takes its time) through real load balancers. */
import { mkdtemp, readFile, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { acmeArgs, expectTrusted, issuedBy, PATIENCE, startOrdering } from '../support/acme/ordering.ts';
import { HAS_PEBBLE, type Pebble, type PebbleOptions, startPebble } from '../support/acme/pebble.ts';
import { HAPROXIES } from '../support/haproxy/haproxies.ts';
import { app } from '../support/marathon/apps.ts';
import { createDisposables, type Disposables } from '../support/program/disposables.ts';
import { startProgram } from '../support/program/program.ts';
import { startStack, type Stack, type StackOptions } from '../support/program/stack.ts';

let store: string;
let resources: Disposables;
beforeEach(async () => {
  resources = createDisposables();
  store = await mkdtemp(join(tmpdir(), 'mlb-acme-live-'));
  resources.defer(() => rm(store, { recursive: true, force: true }));
});
afterEach(() => resources[Symbol.asyncDispose]());

async function start(options?: PebbleOptions): Promise<Pebble> {
  return resources.use(await startPebble(options));
}

function startBalancers(apps: StackOptions['apps'], pebble: Pebble, count: number): Promise<readonly Stack[]> {
  return startOrdering({ apps, pebble, count, args: ['--cert-store', `dir:${store}`] }, resources);
}

describe.runIf(HAS_PEBBLE)('with pebble', { timeout: 5 * PATIENCE }, () => {
  test('three load balancers order once for each host, whichever is asked, and all serve it', async () => {
    const pebble = await start();
    // All of them are there before the first order.
    await pebble.stop();
    const hosts = Array.from({ length: 12 }, (_, at) => `host${at}.example.com`);
    const stacks = await startBalancers(
      ({ service }) => [
        ...hosts.map((host, at) =>
          app(`/app${at}`, service[at]!, {
            HAPROXY_0_VHOST: host,
            ...(at % 2 === 0 && { HAPROXY_0_REDIRECT_TO_HTTPS: 'true' }),
            ...(at % 3 === 0 && { HAPROXY_0_AUTH: 'realm:alice:$5$aaaaaaaa$Dc1xOnP5qpB3kHg0mKtVYqDdp3vLw5Cc8C9T4mJ5Wd0' }),
          }),
        ),
        app('/other', service[12]!, { HAPROXY_0_VHOST: 'other.org' }),
      ],
      pebble,
      3,
    );
    await pebble.start();
    await expectTrusted(stacks, hosts, pebble);
    expect(issuedBy(pebble)).toBe(hosts.length);
    expect((await readdir(store)).sort()).toEqual(['acme', ...hosts.map((host) => `acme_${host}.pem`)].sort());
    // Each was asked, for orders of others too.
    expect(new Set(pebble.asked).size).toBe(3);
    expect(pebble.log()).not.toContain('other.org');
    const counted = await Promise.all(
      stacks.map(async (stack) => {
        const { text } = await stack.get('/_mlb/metrics', { port: stack.ports.stats });
        return Number(/^marathon_lb_acme_orders_total\{outcome="issued"\} (\d+)$/m.exec(text)?.[1]);
      }),
    );
    expect(counted.reduce((sum, each) => sum + each, 0)).toBe(hosts.length);
  });

  test('another finishes what a load balancer was killed at, whose HAProxy goes on answering', async () => {
    const pebble = await start({ env: { PEBBLE_VA_SLEEPTIME: '6' } });
    await pebble.stop();
    const host = 'shop.example.com';
    const stacks = await startBalancers(({ service }) => [app('/shop', service[0]!, { HAPROXY_0_VHOST: host })], pebble, 2);
    await pebble.start();
    const order = join(store, 'acme', `order_${host}.json`);
    await expect.poll(() => readFile(order, 'utf8').catch(() => ''), { timeout: PATIENCE, interval: 20 }).toMatch(/"url"/);
    const { key } = JSON.parse(await readFile(order, 'utf8')) as { readonly key: string };
    const killed = await holderOf(stacks);
    killed.daemon.kill('SIGKILL');
    await killed.daemon.ended;
    // Only the other one's program is there, and only the killed one's HAProxy is asked.
    pebble.targets.splice(0, 2, killed.ports.http);
    await expectTrusted(
      stacks.filter((stack) => stack !== killed),
      [host],
      pebble,
    );
    expect(await readFile(join(store, `acme_${host}.pem`), 'utf8')).toContain(key.trim());
    expect(issuedBy(pebble)).toBe(1);
    expect(await readdir(join(store, 'acme'))).not.toContain(`order_${host}.json`);
  });

  test('one load balancer alone keeps wildcards in its state folder, and orders nothing again after a restart', async () => {
    const pebble = await start();
    const hook = join(store, 'hook');
    const script = `#!${process.execPath}
const [verb, name, value] = process.argv.slice(2);
const path = verb === 'add' ? '/set-txt' : '/clear-txt';
fetch('${pebble.dns}' + path, { method: 'POST', body: JSON.stringify({ host: name + '.', value }) });
`;
    await writeFile(hook, script, { mode: 0o755 });
    const own = await startStack({
      apps: ({ service }) => [app('/shop', service[0]!, { HAPROXY_0_VHOST: '*.example.com', HAPROXY_0_CERT: 'acme' })],
      haproxy: HAPROXIES.at(-1) ?? '',
      args: () => [...acmeArgs(pebble), '--acme-dns-hook', hook],
    });
    resources.use(own);
    await expectTrusted([own], ['any.example.com'], pebble);
    own.daemon.kill('SIGTERM');
    await own.daemon.ended;
    const again = resources.use(startProgram([...own.args, '--sse'], { cwd: own.folder }));
    await again.until(/event stream .* is open/);
    await expectTrusted([own], ['other.example.com'], pebble);
    expect(again.text()).not.toContain('ordering a certificate');
    expect(issuedBy(pebble)).toBe(1);
  });
});

/** Returns the load balancer that has the lock of the store. */
async function holderOf(stacks: readonly Stack[]): Promise<Stack> {
  const numbers = (await readdir(join(store, 'acme'))).flatMap((name) => /^lock\.(\d+)$/.exec(name)?.[1] ?? []).map(Number);
  const lock = await readFile(join(store, 'acme', `lock.${Math.max(...numbers)}`), 'utf8');
  for (const stack of stacks) {
    const { holder } = JSON.parse(await readFile(join(stack.folder, 'state', 'acme.json'), 'utf8')) as {
      readonly holder: string;
    };
    if (lock.startsWith(`${holder}\n`)) return stack;
  }
  throw new Error(`nobody has the lock: ${lock}`);
}
