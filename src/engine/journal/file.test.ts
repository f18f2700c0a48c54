import { mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { documentOf, service } from '../../../test/support/rendering/documents.ts';
import { silent } from '../../log/logger.ts';
import { print } from '../../render/document.ts';
import { createJournal, type PassRecord } from './journal.ts';
import { journalFiles, keepJournal, lastPass } from './file.ts';
import { readFileEntry } from './file-entry.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'mlb-journal-'));
});
afterEach(() => rm(folder, { recursive: true }));

const record = (cause: string, change: Partial<PassRecord> = {}): PassRecord => ({
  cause,
  at: new Date('2026-11-22T18:00:00Z'),
  sinceCause: 1.23456,
  stages: { read: 1 },
  services: 1,
  servers: 1,
  problems: [],
  outcome: { kind: 'unchanged' },
  ...change,
});

async function written(path = join(folder, 'journal.jsonl')) {
  return (await readFile(path, 'utf8')).split('\n').flatMap((line) => readFileEntry(line) ?? []);
}

const users = (password: string) =>
  ({ kind: 'userlist', name: 'u', blocks: [{ text: `userlist u\n  user joe password ${password}\n` }] }) as const;

describe('the journal on disk', () => {
  test('has a line a pass, private, with the changes in words and the diff', async () => {
    const journal = createJournal({ firstId: 5 });
    const one = documentOf([service(1)], '/run', 25_000);
    const two = documentOf([service(1, { BACKEND: '  # x\n' }), service(2)], '/run', 25_000);
    {
      await using _ = keepJournal(journal, { folder: join(folder, 'deep', 'er'), log: silent });
      journal.append(record('start', { after: one }));
      const problem = { code: 'label-malformed', app: '/bad', detail: 'wrong' } as const;
      const outcome = { kind: 'reload', reasons: ['backend app-2_10002 is new'], attempts: 1 } as const;
      journal.append(record('SIGHUP', { before: one, after: two, problems: [problem], outcome }));
    }
    const path = join(folder, 'deep', 'er', 'journal.jsonl');
    const [first, second] = await written(path);
    expect(first).toMatchObject({ pass: 5, cause: 'start', took: 1.23, changes: [] });
    expect(first).not.toHaveProperty('diff');
    expect(second).toMatchObject({ pass: 6, outcome: 'reload', result: 'HAProxy reloaded: backend app-2_10002 is new' });
    expect(second?.appeared).toEqual([{ app: '/bad', text: expect.stringContaining('wrong') }]);
    expect(second?.changes).toContainEqual({ app: '/app-2', text: 'service /app-2:10002 is new (1 server)' });
    expect(second?.diff).toContain('=== backend app-1_10001\n');
    expect(second?.diff).toContain('\n+  # x\n');
    expect((await stat(path)).mode & 0o777).toBe(0o600);
    expect(lastPass(join(folder, 'deep', 'er'))).toBe(6);
  });

  test('a line that was cut off costs no other one', async () => {
    await writeFile(join(folder, 'journal.jsonl'), '{"pass":1,"at":"2026-');
    const journal = createJournal({ firstId: lastPass(folder) + 1 });
    {
      await using _ = keepJournal(journal, { folder, log: silent });
      journal.append(record('start'));
    }
    expect(await written()).toMatchObject([{ pass: 2, cause: 'start' }]);
    expect(lastPass(folder)).toBe(2);
  });

  test('the first pass after a start shows what it changed on disk', async () => {
    const journal = createJournal();
    const after = documentOf([service(1)], '/run', 25_000);
    {
      await using _ = keepJournal(journal, { folder, log: silent });
      journal.append(record('start', { after, onDisk: `${print(after)}# by hand\n` }));
      journal.append(record('start', { after, onDisk: print(after) }));
    }
    const [first, second] = await written();
    expect(first?.diff).toContain('\n-# by hand');
    expect(second).not.toHaveProperty('diff');
  });

  test('is put aside when it is large, and old ones go', async () => {
    const journal = createJournal();
    for (let at = 1; at <= 6; at += 1) {
      await using _ = keepJournal(journal, { folder, log: silent, size: 1, old: 2 });
      journal.append(record(`pass ${at}`));
    }
    expect((await readdir(folder)).toSorted()).toEqual(['journal.jsonl', 'journal.jsonl.1', 'journal.jsonl.2']);
    const passes = await Promise.all(journalFiles(folder, 2).map((path) => written(path)));
    expect(passes.flat().map(({ cause }) => cause)).toEqual(['pass 4', 'pass 5', 'pass 6']);
  });

  test('warns once of a disk that fails, and goes on when it works again', async () => {
    const warnings: string[] = [];
    const log = { ...silent, warn: (text: string) => void warnings.push(text) };
    const journal = createJournal();
    const file = join(folder, 'file');
    await writeFile(file, '');
    for (let at = 0; at < 2; at += 1) {
      await using _ = keepJournal(journal, { folder: file, log });
      journal.append(record('one'));
      journal.append(record('two'));
    }
    expect(warnings).toHaveLength(2);
    expect(warnings[0]).toMatch(/journal\.jsonl could not be written.*--state-dir/);
  });

  test('numbers go on after a restart, also over a line that was cut off', async () => {
    expect(lastPass(folder)).toBe(0);
    await writeFile(join(folder, 'journal.jsonl'), '{"pass":41,"x":1}\n{"pass":42,"at":"cut');
    expect(lastPass(folder)).toBe(42);
  });

  test('an entry takes the place of one that was cut off', async () => {
    await writeFile(join(folder, 'journal.jsonl'), '{"pass":41}\n{"pass":42,"at":"cut');
    const journal = createJournal({ firstId: 43 });
    {
      await using _ = keepJournal(journal, { folder, log: silent });
      journal.append(record('one'));
      journal.append(record('two'));
    }
    const lines = (await readFile(join(folder, 'journal.jsonl'), 'utf8')).split('\n');
    expect(lines.map((line) => line.slice(0, 11))).toEqual(['{"pass":41}', '{"pass":43,', '{"pass":44,', '']);
  });

  test('keeps no password of a userlist', async () => {
    const journal = createJournal();
    const plain = documentOf([], '/run', 25_000);
    {
      await using _ = keepJournal(journal, { folder, log: silent });
      const after = { ...plain, sections: [...plain.sections, users('s3cr3t')] };
      journal.append(record('x', { before: plain, after }));
    }
    const text = await readFile(join(folder, 'journal.jsonl'), 'utf8');
    expect(text).toContain('[redacted]');
    expect(text).not.toContain('s3cr3t');
  });
});
