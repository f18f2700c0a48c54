import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { silent } from '../../log/logger.ts';
import { createStateFile } from './state-file.ts';

let folder: string;
let warnings: string[];

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'state-'));
  warnings = [];
});

afterEach(() => rm(folder, { recursive: true }));

/** Its folder is `state`, which a file of that name keeps from being made. */
function create() {
  return createStateFile<string>({
    folder: join(folder, 'state'),
    name: 'value',
    log: { ...silent, warn: (text) => void warnings.push(text) },
    delay: 1,
    retry: 10,
    none: () => '',
    parse: (text) => text,
    print: (value) => value,
    loss: 'it is forgotten',
  });
}

const written = () => readFile(join(folder, 'state', 'value'), 'utf8');

test('a value that could not be written is written when the disk works again, without another change', async () => {
  await writeFile(join(folder, 'state'), '');
  await using file = create();
  file.keep('first');
  await expect.poll(() => warnings).toHaveLength(1);
  file.keep('second');
  await rm(join(folder, 'state'));
  await expect.poll(() => written().catch(() => undefined)).toBe('second');
  expect(warnings).toEqual([expect.stringMatching(/value cannot be written: .*; it is forgotten \(--state-dir\)/)]);
});

test('the end does not wait for a disk that fails', async () => {
  await writeFile(join(folder, 'state'), '');
  {
    await using file = create();
    file.keep('lost');
    await expect.poll(() => warnings).toHaveLength(1);
  }
  await rm(join(folder, 'state'));
  await using next = create();
  expect(await next.read()).toBe('');
});
