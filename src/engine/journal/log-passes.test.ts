import { expect, it } from 'vitest';
import { silent } from '../../log/logger.ts';
import { createJournal, type Outcome } from './journal.ts';
import { logPasses } from './log-passes.ts';

const failed = (message: string): Outcome => ({ kind: 'failed', error: new Error(message) });

it('tells a failure as an error once, as long as its cause is the same', () => {
  const journal = createJournal();
  const told: string[] = [];
  const add = (level: string) => (text: string) => told.push(`${level} ${text}`);
  logPasses(journal, { ...silent, error: add('error'), debug: add('debug'), info: add('info') });
  const pass = (outcome: Outcome, stages = {}): void =>
    journal.append({ cause: 'x', at: new Date(0), sinceCause: 1, stages, services: 1, servers: 2, problems: [], outcome });
  pass(failed('away'));
  pass(failed('away'));
  pass(failed('other'));
  pass({ kind: 'unchanged' }, { build: 1 });
  pass(failed('other'));
  expect(told).toEqual([
    'error x: failed, what runs stays: away (1 ms)',
    'debug x: failed, what runs stays: away (1 ms)',
    'error x: failed, what runs stays: other (1 ms)',
    'debug x: nothing changed (1 service, 2 servers, 0 problems, 1 ms)',
    'error x: failed, what runs stays: other (1 ms)',
  ]);
});

it('says of a problem which app and service it is about', () => {
  const journal = createJournal();
  const fields: unknown[] = [];
  logPasses(journal, { ...silent, warn: (_, more) => fields.push(more) });
  const problem = { code: 'label-malformed', app: '/a', service: 'a_1', label: 'HAPROXY_0_PORT', detail: 'x' } as const;
  const rest = { cause: 'x', at: new Date(0), sinceCause: 1, stages: {}, services: 0, servers: 0 };
  journal.append({ ...rest, problems: [problem], outcome: { kind: 'unchanged' } });
  expect(fields).toEqual([{ app: '/a', service: 'a_1', problem }]);
});
