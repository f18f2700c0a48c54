import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { silent } from '../../log/logger.ts';
import { setSysctl } from './sysctl.ts';

it('writes parameters, and fails or warns where there is none of the name', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'mlb-sysctl-'));
  try {
    await mkdir(join(folder, 'net/core'), { recursive: true });
    await writeFile(join(folder, 'net/core/somaxconn'), '128\n');
    const warnings: string[] = [];
    const log = { ...silent, warn: (text: string) => void warnings.push(text) };
    await setSysctl({ sysctl: [['net.core.somaxconn', '1000']], sysctlStrict: true }, log, folder);
    expect(await readFile(join(folder, 'net/core/somaxconn'), 'utf8')).toBe('1000\n');
    const unknown = [['net.none', '1']] as const;
    await expect(setSysctl({ sysctl: unknown, sysctlStrict: true }, log, folder)).rejects.toThrow(
      /SYSCTL_PARAMS: net\.none .*ENOENT/,
    );
    await setSysctl({ sysctl: unknown, sysctlStrict: false }, log, folder);
    expect(warnings).toEqual([expect.stringContaining('net.none')]);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
});
