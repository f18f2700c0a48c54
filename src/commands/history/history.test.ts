import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { thisMachine } from '../../config/machine.ts';
import type { FileEntry } from '../../engine/journal/file-entry.ts';
import { NEVER } from '../../lib/async/signals.ts';
import { localTime } from '../../lib/text/local-time.ts';
import { history, type HistoryOptions } from './history.ts';

const pass = (number: number, change: Partial<FileEntry> = {}): FileEntry => ({
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
const lines = (...passes: FileEntry[]) => passes.map((each) => `${JSON.stringify(each)}\n`).join('');

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

const show = (options: Partial<HistoryOptions> = {}) =>
  history({ last: 20, ...options }, { stateDir: folder }, thisMachine({}), NEVER);

describe('history', () => {
  test('lets no label steer the terminal', async () => {
    expect(await show({ app: '/bad' })).toContain('problem: app /bad: wrong\\x1b[2J\n');
  });

  test('shows passes that did something, oldest first, over all files', async () => {
    const text = await show();
    expect(text.match(/^#\d+/gm)).toEqual(['#1', '#3', '#4']);
    expect(text).toContain(
      `#1  ${localTime(new Date('2026-11-22T18:00:00Z'))}  event\n    HAProxy reloaded: because (2 services`,
    );
    expect(text).toContain('    service /shop:1 is new\n    … and 4 more\n');
    expect(text).toContain('    problem: app /bad: wrong');
  });

  test('the last ones, all, those of an app', async () => {
    expect((await show({ last: 1 })).match(/^#\d+/gm)).toEqual(['#4']);
    expect((await show({ all: true })).match(/^#\d+/gm)).toEqual(['#1', '#2', '#3', '#4']);
    expect((await show({ app: 'shop' })).match(/^#\d+/gm)).toEqual(['#3']);
    expect(await show({ app: '/other' })).toMatch(/^Nothing of that kind/);
  });

  test('a reload that waits is one entry, with what was archived before it', async () => {
    const own = await mkdtemp(join(tmpdir(), 'mlb-history-'));
    try {
      const waiting = { outcome: 'postponed', result: 'reload in 1.5 s' };
      const up = { app: '/shop', text: 'server + a' };
      const all = lines(
        pass(1, { ...waiting, cause: 'event x' }),
        pass(2, waiting),
        pass(3, { ...waiting, changes: [up] }),
        pass(4, { archived: ['haproxy.cfg.20261122T180000000Z'] }),
        pass(5, waiting),
      );
      await writeFile(join(own, 'journal.jsonl'), all);
      const text = await history({ last: 20 }, { stateDir: own }, thisMachine({}), NEVER);
      expect(text.match(/^#\d+/gm)).toEqual(['#1', '#2', '#3', '#4', '#5']);
      await writeFile(
        join(own, 'journal.jsonl'),
        lines(
          ...all
            .trim()
            .split('\n')
            .flatMap((line, at) => (at === 2 ? [] : (JSON.parse(line) as FileEntry))),
        ),
      );
      const merged = await history({ last: 20 }, { stateDir: own }, thisMachine({}), NEVER);
      expect(merged.match(/^#\d+/gm)).toEqual(['#4', '#5']);
      expect(merged).toMatch(/^#4 .*\n {4}wanted since #1, [^:]+:\d\d:\d\d \S+: event x \(--reload-min-interval\)\n/);
      expect(merged).toContain('    archived before: haproxy.cfg.20261122T180000000Z\n');
    } finally {
      await rm(own, { recursive: true });
    }
  });

  test('nothing is restored without a load balancer', async () => {
    await expect(show({ restore: 1 })).rejects.toThrow(/--restore needs the load balancer to run/);
  });

  test('as JSON lines', async () => {
    const numbers = (await show({ json: true }))
      .trim()
      .split('\n')
      .map((line) => (JSON.parse(line) as FileEntry).pass);
    expect(numbers).toEqual([1, 3, 4]);
  });

  test('the diff of a pass', async () => {
    expect(await show({ diff: 3 })).toBe('=== backend x\n+y\n');
    expect(await show({ diff: 1 })).toMatch(/^Pass 1 has no difference to show: HAProxy reloaded/);
    await expect(show({ diff: 9 })).rejects.toThrow('there is no pass 9; the journal has 1 to 4');
  });

  test('says where it looked', async () => {
    await expect(history({ last: 1 }, { stateDir: '/nowhere' }, thisMachine({}), NEVER)).rejects.toThrow(
      /no journal in \/nowhere; .*--state-dir/,
    );
  });
});
