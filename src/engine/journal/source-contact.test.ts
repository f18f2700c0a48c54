import { expect, it } from 'vitest';
import { createJournal, type Outcome, type Stage } from './journal.ts';
import { createSourceContact } from './source-contact.ts';

const failed: Outcome = { kind: 'failed', error: new Error('no answer') };

function start() {
  let now = 0;
  const journal = createJournal();
  const contact = createSourceContact(journal, () => now);
  return {
    contact,
    at: (ms: number) => (now = ms),
    pass: (stages: Partial<Record<Stage, number>>, outcome: Outcome = { kind: 'unchanged' }) =>
      journal.append({
        cause: 'x',
        at: new Date(0),
        sinceCause: 0,
        stages,
        services: 0,
        servers: 0,
        problems: [],
        outcome,
      }),
  };
}

it('counts a read that went well, also in a pass that failed later', () => {
  const { contact, at, pass } = start();
  expect([contact.lastSeenAgo(), contact.readAgo()]).toEqual([undefined, undefined]);
  pass({ read: 1, build: 1 }, failed);
  at(10);
  expect([contact.lastSeenAgo(), contact.readAgo()]).toEqual([10, 10]);
});

it('does not count a read that failed, nor a pass that reads nothing', () => {
  const { contact, at, pass } = start();
  pass({ read: 1 }, failed);
  pass({ apply: 1 });
  at(10);
  expect([contact.lastSeenAgo(), contact.readAgo()]).toEqual([undefined, undefined]);
});

it('counts events, and how often the stream was opened and lost; a loss is no contact', () => {
  const { contact, at } = start();
  contact.note({ kind: 'opened', url: 'http://marathon' });
  at(5);
  contact.note({ kind: 'changed', workload: '/a', cause: 'x', at: 0 });
  at(8);
  contact.note({ kind: 'lost', error: new Error('gone'), retryInMs: 1 });
  expect([contact.lastSeenAgo(), contact.readAgo(), contact.opened, contact.lost]).toEqual([3, undefined, 1, 1]);
});
