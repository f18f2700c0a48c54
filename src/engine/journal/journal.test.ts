import { describe, expect, test } from 'vitest';
import { documentOf, service } from '../../../test/support/rendering/documents.ts';
import type { Problem } from '../../model/problem.ts';
import { createJournal, type Entry, type PassRecord } from './journal.ts';

const record = (change: Partial<PassRecord> = {}): PassRecord => ({
  cause: 'start',
  at: new Date(0),
  sinceCause: 1,
  stages: {},
  services: 0,
  servers: 0,
  problems: [],
  outcome: { kind: 'unchanged' },
  ...change,
});
const problem = (app: string): Problem => ({ code: 'label-malformed', app, detail: 'wrong' });

describe('the journal', () => {
  test('counts passes on from those before, and tells whoever listens', () => {
    const journal = createJournal({ firstId: 7 });
    const heard: Entry[] = [];
    const end = journal.subscribe((entry) => heard.push(entry));
    journal.append(record());
    journal.append(record({ cause: 'SIGHUP' }));
    end();
    journal.append(record());
    expect(heard.map(({ id, cause }) => [id, cause])).toEqual([
      [7, 'start'],
      [8, 'SIGHUP'],
    ]);
    expect(journal.latest?.id).toBe(9);
  });

  test('says what went live between two documents, nothing of the first', () => {
    const journal = createJournal();
    const one = documentOf([service(1)], '/run', 25_000);
    const two = documentOf([service(1, { BACKEND: '  # x\n' })], '/run', 25_000);
    journal.append(record({ after: one }));
    expect(journal.latest?.changes).toEqual([]);
    journal.append(record({ before: one, after: two }));
    expect(journal.latest?.changes.map(({ kind }) => kind)).toEqual(['section-changed']);
  });

  test('problems are told once when they come and once when they go; a failed pass says nothing of them', () => {
    const journal = createJournal();
    const seen = (change: Partial<PassRecord>) => {
      journal.append(record(change));
      const { appeared, mended } = journal.latest as Entry;
      return { appeared: appeared.map(({ app }) => app), mended: mended.map(({ app }) => app) };
    };
    const failed = { kind: 'failed', error: new Error('gone') } as const;
    expect(seen({ problems: [problem('/a')] })).toEqual({ appeared: ['/a'], mended: [] });
    expect(seen({ problems: [problem('/a'), problem('/b')] })).toEqual({ appeared: ['/b'], mended: [] });
    expect(seen({ problems: [], outcome: failed })).toEqual({ appeared: [], mended: [] });
    expect(seen({ problems: [problem('/b')] })).toEqual({ appeared: [], mended: ['/a'] });
  });

  test('a problem in other words is told once as such; a service may have several of a kind', () => {
    const journal = createJournal();
    const news = (...details: string[]) => {
      journal.append(record({ problems: details.map((detail) => ({ ...problem('/a'), detail })) }));
      const { appeared, altered, mended } = journal.latest as Entry;
      return [appeared, altered, mended].map((problems) => problems.map(({ detail }) => detail));
    };
    expect(news('one')).toEqual([['one'], [], []]);
    expect(news('uno')).toEqual([[], ['uno'], []]);
    expect(news('uno')).toEqual([[], [], []]);
    expect(news('eins', 'two')).toEqual([['two'], ['eins'], []]);
    expect(news('two')).toEqual([[], [], ['eins']]);
  });
});
