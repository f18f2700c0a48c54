import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { silent } from '../../log/logger.ts';
import { createConfigStore } from './config-store.ts';

test('the log shows what changes in a file, but nothing of a secret one', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'config-store-'));
  try {
    const logged: string[] = [];
    const log = { ...silent, debug: (text: string) => void logged.push(text) };
    const settings = { config: join(folder, 'haproxy.cfg'), archiveVersions: 0, gid: undefined };
    const files = createConfigStore(settings, { log, now: () => new Date(0) });
    const changed = [
      { path: join(folder, 'own.pem'), text: 'KEY\n', isSecret: true },
      { path: settings.config, text: 'global\n' },
    ];
    await files.write(changed, await files.read());
    expect(logged).toEqual([expect.stringMatching(/own\.pem changes:\n\(it is secret\)$/), expect.stringContaining('+global')]);
    expect(await readFile(join(folder, 'own.pem'), 'utf8')).toBe('KEY\n');
  } finally {
    await rm(folder, { recursive: true });
  }
});
