/** Load balancers that share a store of each kind: they order once, serve what it has, and go on while it is away. */
import { afterEach, beforeEach, expect, test } from 'vitest';
import { expectTrusted, issuedBy, isTrusted, PATIENCE, startOrdering } from '../support/acme/ordering.ts';
import { HAS_PEBBLE, startPebble } from '../support/acme/pebble.ts';
import { issue } from '../support/certificates/issue.ts';
import { app } from '../support/marathon/apps.ts';
import { createDisposables, type Disposables } from '../support/program/disposables.ts';
import { runProgram } from '../support/program/program.ts';
import type { Stack } from '../support/program/stack.ts';
import { type Site, vaultSite, zookeeperSite } from '../support/stores/sites.ts';
import { HAS_ZOOKEEPER } from '../support/stores/zookeeper.ts';

let resources: Disposables;
beforeEach(() => {
  resources = createDisposables();
});
afterEach(() => resources[Symbol.asyncDispose]());

const KINDS: readonly (readonly [string, () => Promise<Site>])[] = [
  ['Vault', vaultSite],
  ...(HAS_ZOOKEEPER ? [['ZooKeeper', zookeeperSite] as const] : []),
];

const metric = async (stack: Stack, name: string): Promise<number> => {
  const { text } = await stack.get('/_mlb/metrics', { port: stack.ports.stats });
  return Number(new RegExp(`^${name} (\\d+)$`, 'm').exec(text)?.[1]);
};

test.runIf(HAS_PEBBLE).each(KINDS)(
  'two load balancers with %s order once for each host, serve what people put there, and lose nothing while it is away',
  { timeout: 6 * PATIENCE },
  async (_kind, start) => {
    const pebble = resources.use(await startPebble());
    const site = resources.use(await start());
    const hosts = Array.from({ length: 6 }, (_, at) => `host${at}.example.com`);
    const own = await issue(['own.test']);
    await site.put('own', own);
    let late = 0;
    const stacks = await startOrdering(
      {
        apps: ({ service }) => {
          late = service[10]!;
          return [
            ...hosts.map((host, at) => app(`/app${at}`, service[at]!, { HAPROXY_0_VHOST: host })),
            app('/own', service[9]!, { HAPROXY_0_VHOST: 'own.test' }),
          ];
        },
        pebble,
        count: 2,
        args: site.args,
        env: site.env,
      },
      resources,
    );
    const [first] = stacks as [Stack, Stack];
    await expectTrusted(stacks, hosts, pebble);
    expect(issuedBy(pebble)).toBe(hosts.length);
    for (const stack of stacks) {
      await expect.poll(() => isTrusted(stack, 'own.test', own.certificate)).toBe(true);
      expect(await metric(stack, `marathon_lb_certificate_store_up\\{store="${site.args[1]}"\\}`)).toBe(1);
    }

    await site.leave();
    const name = 'late.example.com';
    await first.create(app('/late', late, { HAPROXY_0_VHOST: name }));
    for (const stack of stacks) {
      await stack.daemon.until(/no certificate can be ordered: .* those that are served stay.*--cert-store/);
      await stack.daemon.until(/cannot be read: .*; its certificates of before stay in service/);
      expect(await metric(stack, `marathon_lb_certificate_store_up\\{store="${site.args[1]}"\\}`)).toBe(0);
      const said = await runProgram(['status', '--admin-listen', `unix:${stack.folder}/admin.sock`]);
      expect(said.out).toMatch(/cannot be read: .*stay in service/);
      await expect.poll(() => stack.get('/', { host: name }), { timeout: PATIENCE }).toMatchObject({ status: 200 });
    }
    await expectTrusted(stacks, hosts, pebble);
    for (const stack of stacks) expect(await isTrusted(stack, 'own.test', own.certificate)).toBe(true);
    expect(issuedBy(pebble)).toBe(hosts.length);

    await site.comeBack();
    await expectTrusted(stacks, [...hosts, name], pebble);
    expect(issuedBy(pebble)).toBe(hosts.length + 1);
    for (const stack of stacks) {
      await expect
        .poll(() => metric(stack, `marathon_lb_certificate_store_up\\{store="${site.args[1]}"\\}`), { timeout: PATIENCE })
        .toBe(1);
      expect(stack.daemon.text()).not.toMatch(/hidden|PRIVATE KEY/);
    }
  },
);
