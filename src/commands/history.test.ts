import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { thisWorld } from '../config/machine.ts';
import type { PastPass } from '../engine/journal/file-entry.ts';
import { history, type HistoryOptions } from './history.ts';

const pass = (number: number, change: Partial<PastPass> = {}): PastPass => ({
  pass: number,
  at: '2026-11-22T18:00:00.000Z',
  cause: 'event',
  took: 12,
  stages: {},
  services: 2,
  servers: 3,
  problems: 0,
  outcome: 'reload',
  result: 'HAProxy reloaded: because',
  changes: [],
  appeared: [],
  mended: [],
  ...change,
});
const lines = (...passes: PastPass[]) => passes.map((each) => `${JSON.stringify(each)}\n`).join('');

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'mlb-history-'));
  await writeFile(join(folder, 'journal.jsonl.1'), lines(pass(1), pass(2, { outcome: 'unchanged' })));
  const three = pass(3, {
    changes: [{ app: '/shop', text: 'service /shop:1 is new' }],
    moreChanges: 4,
    diff: '=== backend x\n+y',
  });
  const four = pass(4, { appeared: [{ app: '/bad', text: 'app /bad: wrong\x1b[2J' }] });
  await writeFile(join(folder, 'journal.jsonl'), `${lines(three, four)}{"pass":5,"cut`);
});
afterAll(() => rm(folder, { recursive: true }));

const show = (options: Partial<HistoryOptions> = {}) => history({ last: 20, ...options }, { stateDir: folder }, thisWorld({}));

describe('history', () => {
  test('lets no label steer the terminal', async () => {
    expect(await show({ app: '/bad' })).toContain('problem: app /bad: wrong\\x1b[2J\n');
  });

  test('shows passes that did something, oldest first, over all files', async () => {
    const text = await show();
    expect(text.match(/^#\d+/gm)).toEqual(['#1', '#3', '#4']);
    expect(text).toContain('#1  2026-11-22 18:00:00.000  event\n    HAProxy reloaded: because (2 services');
    expect(text).toContain('    service /shop:1 is new\n    … and 4 more\n');
    expect(text).toContain('    problem: app /bad: wrong');
  });

  test('the last ones, all, those of an app', async () => {
    expect((await show({ last: 1 })).match(/^#\d+/gm)).toEqual(['#4']);
    expect((await show({ all: true })).match(/^#\d+/gm)).toEqual(['#1', '#2', '#3', '#4']);
    expect((await show({ app: 'shop' })).match(/^#\d+/gm)).toEqual(['#3']);
    expect(await show({ app: '/other' })).toMatch(/^Nothing of that kind/);
  });

  test('as JSON lines', async () => {
    const numbers = (await show({ json: true }))
      .trim()
      .split('\n')
      .map((line) => (JSON.parse(line) as PastPass).pass);
    expect(numbers).toEqual([1, 3, 4]);
  });

  test('the diff of a pass', async () => {
    expect(await show({ diff: 3 })).toBe('=== backend x\n+y\n');
    expect(await show({ diff: 1 })).toMatch(/^Pass 1 has no difference to show: HAProxy reloaded/);
    await expect(show({ diff: 9 })).rejects.toThrow('there is no pass 9; the journal has 1 to 4');
  });

  test('says where it looked', async () => {
    await expect(history({ last: 1 }, { stateDir: '/nowhere' }, thisWorld({}))).rejects.toThrow(
      /no journal in \/nowhere; .*--state-dir/,
    );
  });
});
