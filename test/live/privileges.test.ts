import { execFileSync } from 'node:child_process';
import { readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { selfSigned } from '../../src/certificates/self-signed.ts';
import { app } from '../support/marathon/apps.ts';
import { startContainer, type Container } from '../support/program/container.ts';
import { HAPROXIES } from '../support/haproxy/haproxies.ts';

/** Warnings but for those of the end of an old worker, and of the names that 1.15's layout has (up to 3.2). */
const WARNING = /\[(?:WARNING|ALERT)\](?!.*(?:stopped|Former worker|exited|Exiting|has the same name as))/;

/** What `id` prints for the user that Debian's package brings. */
const HAPROXY = [Number(execFileSync('id', ['-u', 'haproxy'])), Number(execFileSync('id', ['-g', 'haproxy']))];

/** Effective user and group of a process. */
function ownerOf(pid: number): number[] {
  const status = readFileSync(`/proc/${pid}/status`, 'utf8');
  return ['Uid', 'Gid'].map((name) => Number(new RegExp(`^${name}:\\t\\d+\\t(\\d+)`, 'm').exec(status)?.[1]));
}

/** The worker, as soon as that of before a reload has ended. */
async function workerOf(container: Container): Promise<number> {
  let pids: readonly number[] = [];
  await container.program.eventually(async () => {
    pids = await container.pids();
    expect(pids).toHaveLength(2);
  });
  return pids[1]!;
}

const shop = { apps: ({ service }: Container['ports']) => [app('/shop', service[0]!, { HAPROXY_0_VHOST: 'shop.test' })] };

// Only root has privileges to drop.
describe.runIf(process.getuid?.() === 0).each(HAPROXIES)('%s', (haproxy) => {
  test('its worker is the user haproxy, without a warning, and all goes on working', async () => {
    await using container = await startContainer({ ...shop, haproxy, args: () => ['--haproxy-map'] });
    const serves = async (status = 200): Promise<void> => {
      expect(await container.get('/', { host: 'shop.test' })).toMatchObject({ status });
    };
    await container.program.eventually(() => serves());
    expect(container.program.text()).not.toMatch(WARNING);
    const first = await workerOf(container);
    expect(ownerOf(first)).toEqual(HAPROXY);

    // Changes at runtime: over a socket that is root's.
    await container.scale('/shop', 3);
    await container.program.until(/server \+[^\n]*\/shop/);
    await container.program.eventually(() => serves());
    expect(ownerOf(await workerOf(container))).toEqual(HAPROXY);

    // A certificate that only root may read is renewed, and read again by a reload; sockets are handed on.
    const certificate = join(container.folder, 'work', 'ssl', 'marathon-lb.pem');
    const path = /\bssl crt (\S+)/.exec(await container.configText())?.[1] ?? certificate;
    expect(statSync(path)).toMatchObject({ uid: 0 });
    expect(statSync(path).mode & 0o077).toBe(0);
    writeFileSync(path, await selfSigned({ hosts: ['renewed.test'], days: 2, now: new Date() }));
    container.program.kill('SIGUSR1');
    await container.program.eventually(async () => {
      expect(await container.get('/', { sni: 'renewed.test' })).toMatchObject({ certificate: 'renewed.test' });
      expect(await workerOf(container)).not.toBe(first);
    });
    expect(ownerOf(await workerOf(container))).toEqual(HAPROXY);
    await serves();

    // Files that the Lua services read, and the program's own endpoints on a socket of the file system.
    for (const [at, like] of [
      ['/_haproxy_getconfig', /^global\n[^]*user haproxy/],
      ['/_haproxy_getvhostmap', /^shop\.test shop_\d+\n$/],
      ['/_mlb/ready', /"ready":true/],
      ['/_mlb_signal/hup', /SIGHUP signal to marathon-lb/],
    ] as const) {
      expect((await container.stats(at)).text).toMatch(like);
    }
  });

  test('--no-drop-privileges leaves it root, without a warning', async () => {
    await using container = await startContainer({ ...shop, haproxy, args: () => ['--no-drop-privileges'] });
    await container.program.eventually(async () => expect(await container.pids()).toHaveLength(2));
    expect(ownerOf(await workerOf(container))).toEqual([0, 0]);
    expect(container.program.text()).not.toMatch(WARNING);
  });

  test('started by another user it has nothing to say about users, without a warning', async () => {
    const through = ['setpriv', '--reuid=65534', '--regid=65534', '--clear-groups', '--'];
    await using container = await startContainer({
      haproxy,
      through,
      args: ({ folder }) => ['--admin-listen', `unix:${join(folder, 'tmp', 'admin.sock')}`],
    });
    await container.program.eventually(async () => expect(await container.pids()).toHaveLength(2));
    expect(await container.configText()).not.toMatch(/^ {2}(?:user haproxy|group|chroot)\b/m);
    expect(container.program.text()).not.toMatch(WARNING);
  });
});
