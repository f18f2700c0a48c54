import { once } from 'node:events';
import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { app } from '../support/marathon/apps.ts';
import { startContainer, type Container, type ContainerPorts } from '../support/program/container.ts';
import { HAPROXIES } from '../support/haproxy/haproxies.ts';
import { parentOf } from '../support/program/process-tree.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'mlb-takeover-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

function apps({ service }: ContainerPorts): object[] {
  return [
    app('/shop', service[0]!, { HAPROXY_0_VHOST: 'shop.test' }),
    app('/third', service[2]!, { HAPROXY_0_VHOST: 'third.test' }),
  ];
}

async function serves(container: Container, port: number, id: string): Promise<void> {
  expect(await container.get('/', { port })).toMatchObject({ status: 200, app: id });
}

test.each(HAPROXIES)('%s: what an earlier run left behind serves until its successor does', async (binary) => {
  const haproxy = join(folder, 'haproxy');
  const gate = join(folder, 'closed');
  // Checks, and the question for its version, are not held up.
  const wait = `case " $* " in *" -c "*|" -v ") ;; *) while [ -e ${gate} ]; do sleep 0.05; done ;; esac`;
  await writeFile(haproxy, `#!/bin/sh\n${wait}\nexec ${binary} "$@"\n`);
  await chmod(haproxy, 0o755);
  await using container = await startContainer({ haproxy, apps });
  const shop = container.ports.service[0]!;
  await container.program.eventually(() => serves(container, shop, '/shop'));
  const [master] = await container.pids();
  container.program.kill('SIGKILL');
  await container.program.ended;
  await writeFile(gate, '');
  const again = container.again();
  await again.until(/with the configuration of last time/);
  // Long enough for whoever takes the answers of the old one for those of the new one.
  await sleep(500);
  expect(again.text()).not.toContain('left behind');
  await serves(container, shop, '/shop');
  await rm(gate);
  await again.until(/left behind by an earlier run/);
  await again.eventually(async () => {
    expect(await parentOf(master!)).toBeUndefined();
    await serves(container, shop, '/shop');
  });
});

test('an app whose port another program took meanwhile does not keep the others from being served', async () => {
  await using container = await startContainer({ apps });
  const [shop, , third] = container.ports.service as [number, number, number];
  await container.program.eventually(() => serves(container, third, '/third'));
  container.program.kill('SIGTERM');
  expect((await container.program.ended).status).toBe(0);
  await using taken = createServer().listen(third, '0.0.0.0');
  await once(taken, 'listening');
  const again = container.again();
  await again.eventually(() => serves(container, shop, '/shop'));
  await again.until(
    new RegExp(`starts without a frontend that it cannot bind: frontend third_\\d+ .*port ${third} is held by another program`),
  );
  await again.until(new RegExp(`app /third: .*port ${third} is held by another program`));
  await taken[Symbol.asyncDispose]();
  await container.stats('/_mlb_signal/hup');
  await again.eventually(() => serves(container, third, '/third'));
});
