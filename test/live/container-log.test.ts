import { mkdirSync } from 'node:fs';
import { access, readdir, rename } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { findProcesses } from '../../src/haproxy/process/processes.ts';
import { startContainer, type ContainerPrepared } from '../support/program/container.ts';
import { expectShopServed, operatorHead, shopApps } from '../support/program/shop.ts';
import { HAPROXIES } from '../support/haproxy/haproxies.ts';
import type { Program } from '../support/program/program.ts';

test.each(HAPROXIES)("%s: has the log of an operator's head on stdout, also after a run that was killed", async (haproxy) => {
  await using container = await startContainer({
    haproxy,
    apps: shopApps,
    env: (prepared) => ({ HAPROXY_SYSLOGD: 'true', HAPROXY_HEAD: ownHead(prepared, 'tmp/log.sock') }),
  });
  const isLogged = async (program: Program): Promise<void> => {
    await program.eventually(() => expectShopServed(container));
    const mark = program.mark();
    await program.eventually(async () => {
      await container.get('/', { port: container.ports.service[0]! });
      expect(program.text().slice(mark)).toMatch(/^127\.0\.0\.1:\d+ .* shop_\d+(?:_in)? shop_\d+\//m);
    });
  };
  await isLogged(container.program);
  container.program.kill('SIGKILL');
  await container.program.ended;
  const again = container.again();
  await isLogged(again);
  again.kill('SIGTERM');
  expect((await again.ended).status).toBe(0);
  await expect(access(join(container.folder, 'tmp/log.sock'))).rejects.toThrow('ENOENT');
});

test("says where an operator's head logs to a place that nobody can listen at, and serves", async () => {
  await using container = await startContainer({
    apps: shopApps,
    env: (prepared) => ({ HAPROXY_SYSLOGD: 'true', HAPROXY_HEAD: ownHead(prepared, 'nowhere/log.sock') }),
  });
  await container.program.until(/HAPROXY_HEAD has HAProxy log to \S+nowhere\/log\.sock, .*write `log stdout format raw local0`/);
  await container.program.eventually(async () => {
    expect(await container.get('/', { host: 'shop.test' })).toMatchObject({ app: '/shop' });
  });
});

test("hears an operator's head again after what listened was killed, and could not come back at once", async () => {
  await using container = await startContainer({
    apps: shopApps,
    env: (prepared) => {
      mkdirSync(join(prepared.folder, 'logs'));
      return { HAPROXY_SYSLOGD: 'true', HAPROXY_HEAD: ownHead(prepared, 'logs/log.sock') };
    },
  });
  const { program, folder } = container;
  await program.eventually(() => expectShopServed(container));
  const [relay] = await glob(join(folder, 'work/run'), /\.log\.cfg$/);
  await rename(join(folder, 'logs'), join(folder, 'gone'));
  for (const { pid } of await findProcesses(relay!)) process.kill(pid, 'SIGKILL');
  await program.until(/HAProxy's log does not reach stdout for now: /);
  await expectShopServed(container);
  await rename(join(folder, 'gone'), join(folder, 'logs'));
  const mark = program.mark();
  await program.eventually(async () => {
    await container.get('/', { port: container.ports.service[0]! });
    expect(program.text().slice(mark)).toMatch(/ shop_\d+(?:_in)? shop_\d+\//);
  });
  program.kill('SIGTERM');
  expect((await program.ended).status).toBe(0);
});

test('serves though neither its own log nor that of HAProxy can be written', async () => {
  const through = ['sh', '-c', 'exec "$@" >/dev/full 2>/dev/full', 'sh'];
  await using container = await startContainer({ apps: shopApps, through, env: () => ({ HAPROXY_SYSLOGD: 'true' }) });
  await container.program.eventually(() => expectShopServed(container));
  const [, worker] = await container.pids();
  await container.stats('/_mlb_signal/usr1');
  await container.program.eventually(async () => expect((await container.pids())[1]).not.toBe(worker));
  await expectShopServed(container);
});

async function glob(folder: string, name: RegExp): Promise<string[]> {
  return (await readdir(folder)).filter((each) => name.test(each)).map((each) => join(folder, each));
}

/** As operators write them: with a socket where syslogd would listen. */
function ownHead({ ports, folder }: ContainerPrepared, logSocket: string): string {
  return operatorHead(ports, {
    global: [
      `  log ${join(folder, logSocket)} local0`,
      `  stats socket ${join(folder, 'tmp', 'own.sock')} level admin expose-fd listeners`,
    ],
    defaults: ['  log global', '  option httplog'],
  });
}
