import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { app } from '../support/marathon/apps.ts';
import { startContainer } from '../support/program/container.ts';
import { HAPROXIES } from '../support/haproxy/haproxies.ts';

let folder: string;
let haproxy: string;
/** HAProxy starts when the file `go` is there, and tells its version before. */
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'mlb-early-'));
  haproxy = join(folder, 'haproxy');
  await writeFile(
    haproxy,
    `#!/bin/sh\nuntil [ "$*" = -v ] || [ -e ${folder}/go ]; do sleep 0.05; done\nexec ${HAPROXIES[0]} "$@"\n`,
  );
  await chmod(haproxy, 0o755);
});
afterEach(() => rm(folder, { recursive: true, force: true }));

/** The last that it says before it waits for HAProxy. */
const WAITS = /HAProxy starts without services/;

test('signals before HAProxy serves do not end the container', async () => {
  await using container = await startContainer({
    haproxy,
    apps: ({ service }) => [app('/shop', service[0]!, { HAPROXY_0_VHOST: 'shop.test' })],
  });
  await container.program.until(WAITS);
  container.program.kill('SIGHUP');
  container.program.kill('SIGUSR1');
  await writeFile(join(folder, 'go'), '');
  await container.program.eventually(async () => {
    expect((await container.get('/', { host: 'shop.test' })).status).toBe(200);
  });
});

test('SIGTERM ends a container whose HAProxy does not come to serve, after the grace period', async () => {
  await using container = await startContainer({ haproxy, args: () => ['--grace-period', '1'] });
  await container.program.until(WAITS);
  container.program.kill('SIGTERM');
  const { status, err } = await container.program.ended;
  expect(status).toBe(0);
  expect(err).not.toContain('HAProxy serves');
});
