import { spawnSync } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { homedir } from 'node:os';
import { dirname, join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { app } from '../support/marathon/apps.ts';
import { mastersBelow, zombiesBelow } from '../support/program/process-tree.ts';
import { startRootfs } from '../support/program/rootfs.ts';

const root = join(process.env['XDG_CACHE_HOME'] ?? join(homedir(), '.cache'), 'marathon-lb', 'rootfs');
const lacks = whatIsMissing() ?? build();
if (lacks !== undefined && process.env['CI'] !== undefined) throw new Error(`the image cannot be tested: ${lacks}`);

describe.skipIf(lacks !== undefined)(
  `the root file system of the image${lacks === undefined ? '' : ` (skipped: ${lacks})`}`,
  () => {
    test('the entrypoint serves as process 1, and ends at TERM', async () => {
      await using image = await startRootfs(root, {
        apps: ({ service }) => [app('/shop', service, { HAPROXY_0_VHOST: 'shop.test' })],
      });
      await image.eventually(async () =>
        expect(await image.get('/', { host: 'shop.test' })).toMatchObject({ status: 200, app: '/shop' }),
      );
      expect(await image.get('/', { sni: 'shop.test' })).toMatchObject({ app: '/shop' });
      expect(await image.health()).toEqual({ status: 0, text: '' });
      expect(await image.end()).toBe(0);
    });

    test.each(['/marathon-lb/run', '/usr/local/bin/marathon-lb run'])(
      '%s as process 1 leaves no zombie behind where HAProxy is killed',
      async (command) => {
        await using image = await startRootfs(root, { apps: () => [], command });
        await image.eventually(async () => expect((await image.stats('/_mlb/health')).status).toBe(200));
        const before = (await image.stats('/_haproxy_getpids')).text;
        for (const pid of await mastersBelow(await image.pid())) process.kill(pid, 'SIGKILL');
        await image.eventually(async () => expect((await image.stats('/_haproxy_getpids')).text).not.toBe(before));
        await image.eventually(async () => expect(await zombiesBelow(await image.pid())).toEqual([]));
        expect(await image.end()).toBe(0);
      },
    );

    test('heads of 1.15 find their Lua services', async () => {
      await using image = await startRootfs(root, { apps: () => [], oldHead: true });
      await image.eventually(async () => expect((await image.stats('/_haproxy_health_check')).status).toBe(200));
      expect((await image.stats('/_haproxy_getpids')).text).toMatch(/^\d+ \d+$/);
      expect((await image.stats('/_haproxy_getconfig')).text).toContain('lua-load /marathon-lb/getpids.lua');
      expect((await image.stats('/_haproxy_getvhostmap')).status).toBe(200);
      expect(await image.health()).toEqual({ status: 0, text: '' });
      await image.eventually(async () => {
        expect(await image.stats('/_mlb_signal/hup')).toMatchObject({ status: 200, text: 'Sent SIGHUP signal to marathon-lb' });
      });
    });

    test('runs read-only and as another user, with a writable state folder', async () => {
      await using image = await startRootfs(root, {
        apps: ({ service }) => [app('/shop', service, { HAPROXY_0_VHOST: 'shop.test' })],
        isReadOnly: true,
      });
      await image.eventually(async () =>
        expect(await image.get('/', { host: 'shop.test' })).toMatchObject({ status: 200, app: '/shop' }),
      );
      expect(await image.health()).toEqual({ status: 0, text: '' });
      expect(await image.end()).toBe(0);
    });
  },
);

function whatIsMissing(): string | undefined {
  if (process.getuid?.() !== 0) return 'needs root';
  const missing = ['debootstrap', 'unshare', 'chroot'].find((name) => spawnSync('which', [name]).status !== 0);
  return missing === undefined ? undefined : `${missing} is not installed`;
}

/** The first time it takes half a minute; undefined: it is there. */
function build(): string | undefined {
  mkdirSync(dirname(root), { recursive: true });
  const { status, stderr } = spawnSync('sh', ['scripts/rootfs.sh', root], { encoding: 'utf8' });
  if (status === 75) return 'debootstrap cannot get the packages';
  if (status !== 0) throw new Error(`scripts/rootfs.sh failed: ${stderr.slice(-2000)}`);
  return undefined;
}
