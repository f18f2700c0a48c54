import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { app } from '../support/apps.ts';
import { startContainer } from '../support/container.ts';
import { HAPROXIES } from '../support/haproxies.ts';

test('signals before HAProxy serves do not end the container', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'mlb-early-'));
  try {
    const haproxy = join(folder, 'haproxy');
    await writeFile(haproxy, `#!/bin/sh\nuntil [ -e ${folder}/go ]; do sleep 0.05; done\nexec ${HAPROXIES[0]} "$@"\n`);
    await chmod(haproxy, 0o755);
    await using container = await startContainer({
      haproxy,
      apps: ({ service }) => [app('/shop', service[0]!, { HAPROXY_0_VHOST: 'shop.test' })],
    });
    // The last that it says before it waits for HAProxy.
    await container.program.until(/HAProxy starts without services/);
    container.program.kill('SIGHUP');
    container.program.kill('SIGUSR1');
    await writeFile(join(folder, 'go'), '');
    await container.program.eventually(async () => {
      expect((await container.get('/', { host: 'shop.test' })).status).toBe(200);
    });
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
});
