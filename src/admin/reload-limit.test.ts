import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { createReloadLimit } from './reload-limit.ts';

test('one reload in 30 s, but as many as files change', () => {
  const folder = mkdtempSync(join(tmpdir(), 'mlb-limit-'));
  try {
    const file = join(folder, 'cert.pem');
    let now = 0;
    const limit = createReloadLimit({ files: [join(folder, 'haproxy.cfg'), file], clock: () => now });
    expect(limit()).toBeUndefined();
    now = 1000;
    expect(limit()).toBe(29_000);
    writeFileSync(file, 'new');
    expect(limit()).toBeUndefined();
    now = 2000;
    expect(limit()).toBe(29_000);
    writeFileSync(file, 'newer');
    expect(limit()).toBeUndefined();
    now = 32_000;
    expect(limit()).toBeUndefined();
  } finally {
    rmSync(folder, { recursive: true });
  }
});
