import { readFile } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import { notice, referenceFiles } from './reference.ts';

describe('docs/reference', () => {
  it.each(Object.entries(referenceFiles))('%s is what `npm run reference` writes', async (name, text) => {
    const committed = await readFile(new URL(`../../../docs/reference/${name}`, import.meta.url), 'utf8');
    expect(committed, 'stale: run `npm run reference`').toBe(notice + text());
  });
});
