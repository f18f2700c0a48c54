import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { certificateEnds } from './expiry.ts';
import { selfSigned } from './self-signed.ts';

test('finds certificates in files and folders, the soonest end first, and passes over the rest', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'mlb-expiry-'));
  try {
    const [late, soon, more, other] = ['late.pem', 'soon.pem', 'more', 'other.txt'].map((name) => join(folder, name)) as [
      string,
      string,
      string,
      string,
    ];
    const now = new Date('2026-11-01T00:00:00Z');
    await writeFile(late, await selfSigned({ hosts: ['late.test'], days: 300, now }));
    await writeFile(other, 'nothing');
    await mkdir(more);
    await writeFile(join(more, 'x.pem'), await selfSigned({ hosts: ['x.test'], days: 20, now }));
    await writeFile(soon, await selfSigned({ hosts: ['soon.test'], days: 10, now }));
    expect(await certificateEnds([late, other, soon, more, late, join(folder, 'none')])).toEqual([
      { path: soon, name: 'soon.test', ends: '2026-11-11T00:00:00.000Z' },
      { path: join(more, 'x.pem'), name: 'x.test', ends: '2026-11-21T00:00:00.000Z' },
      { path: late, name: 'late.test', ends: '2027-08-28T00:00:00.000Z' },
    ]);
  } finally {
    await rm(folder, { recursive: true });
  }
});
