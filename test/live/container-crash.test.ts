import { chmod, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { app } from '../support/marathon/apps.ts';
import { startContainer } from '../support/program/container.ts';

test('after a crash right behind a change HAProxy starts with what it had last', { timeout: 60_000 }, async () => {
  const folder = await mkdtemp(join(tmpdir(), 'mlb-crash-'));
  try {
    // Keeps what HAProxy is started with, not what it is asked to check.
    const binary = join(folder, 'haproxy');
    const keep = `for word; do [ "$last" = -f ] && cp "$word" ${folder}/started.cfg; last=$word; done`;
    await writeFile(binary, `#!/bin/sh\ncase " $* " in *' -W '*|*' -Ws '*) ${keep} ;; esac\nexec /usr/sbin/haproxy "$@"\n`);
    await chmod(binary, 0o755);
    await chmod(folder, 0o755);
    await using container = await startContainer({
      haproxy: binary,
      apps: ({ service }) => [app('/shop', service[0] as number, { HAPROXY_0_VHOST: 'shop.test' })],
    });
    const { program } = container;
    const servers = async (): Promise<number> =>
      (await readFile(join(folder, 'started.cfg'), 'utf8')).split('\n').filter((line) => /^ {2}server 127_/.test(line)).length;
    await program.eventually(async () => {
      expect((await container.get('/', { host: 'shop.test' })).status).toBe(200);
    });
    for (const instances of [2, 3, 2]) {
      const [master] = await container.pids();
      const mark = program.mark();
      await container.scale('/shop', instances);
      await program.until(/server [+-] 127\.0\.0\.\d+:\d+ .*without a reload/, mark);
      process.kill(master as number, 'SIGKILL');
      await program.until(/HAProxy runs again/, mark);
      expect(await servers()).toBe(instances);
    }
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
});
