import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { createDnsHook } from './dns-hook.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'mlb-hook-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

async function hook(script: string, patience?: number) {
  const path = join(folder, 'hook');
  await writeFile(path, `#!/bin/sh\n${script}\n`, { mode: 0o755 });
  return createDnsHook(path, { PATH: process.env['PATH'], ZONE_TOKEN: 'x' }, patience);
}

const { signal } = new AbortController();

it('calls the program with words, not with a shell, and with the environment', async () => {
  const dns = await hook(`printf '%s|' "$@" "$ZONE_TOKEN" >>${folder}/out`);
  await dns.add('_acme-challenge.example.com', '$(touch x) ; a "b', signal);
  await dns.remove('_acme-challenge.example.com', 'v', signal);
  expect(await readFile(join(folder, 'out'), 'utf8')).toBe(
    'add|_acme-challenge.example.com|$(touch x) ; a "b|x|remove|_acme-challenge.example.com|v|x|',
  );
});

it('says what the program said if it fails, cannot be started or does not end', async () => {
  const failing = await hook('echo no such zone; exit 3');
  await expect(failing.add('n.example.com', 'v', signal)).rejects.toThrow(
    /hook add n\.example\.com: exit status 3: no such zone \(--acme-dns-hook\)/,
  );
  const missing = createDnsHook(join(folder, 'none'), {});
  await expect(missing.add('n.example.com', 'v', signal)).rejects.toMatchObject({ kind: 'order', type: 'hook' });
  const endless = await hook('exec sleep 60', 100);
  await expect(endless.add('n.example.com', 'v', signal)).rejects.toThrow(/no end within 0\.1 s/);
});
