import { expect, test } from 'vitest';
import { passRecord } from '../../../test/support/pass-record.ts';
import { documentOf, service } from '../../../test/support/rendering/documents.ts';
import type { HaproxyState } from '../../haproxy/process/heartbeat.ts';
import { createSourceContact } from '../journal/source-contact.ts';
import { createJournal } from '../journal/journal.ts';
import { createStatus } from './status.ts';

const problem = { code: 'label-malformed', app: '/a', detail: 'x' } as const;

const at = (hour: number) => new Date(Date.UTC(2026, 10, 22, hour));

function setUp() {
  const clock = { now: new Date('2026-11-22T19:00:00Z'), haproxy: 'alive' as HaproxyState, asked: 0 };
  const journal = createJournal();
  const source = createStatus({
    version: '2.0',
    journal,
    contact: createSourceContact(journal, () => 0),
    resyncInterval: 300,
    marathon: () => ({ urls: [] }),
    haproxy: () => clock.haproxy,
    down: async () => {
      clock.asked += 1;
      return new Set(['app-1_10001/127.0.0.1_1']);
    },
    now: () => clock.now,
  });
  return { clock, journal, status: () => source.status() };
}

test('a problem has the time of its first pass, and a new one if it comes back', async () => {
  const { journal, status } = setUp();
  const since = async () => (await status()).findings.map((finding) => finding.since.slice(11, 16));
  journal.append(passRecord({ at: at(1), problems: [problem] }));
  journal.append(passRecord({ at: at(2), problems: [{ ...problem }] }));
  expect(await since()).toEqual(['01:00']);
  journal.append(passRecord({ at: at(3), problems: [] }));
  expect(await since()).toEqual([]);
  journal.append(passRecord({ at: at(4), problems: [problem] }));
  expect(await since()).toEqual(['04:00']);
});

test('a pass that failed to reload found problems all the same; one that could not read found none', async () => {
  const { journal, status } = setUp();
  const failed = { kind: 'failed', error: new Error('no') } as const;
  journal.append(passRecord({ outcome: failed, problems: [problem] }));
  expect(await status()).toMatchObject({ problems: 1, findings: [problem] });
  journal.append(passRecord({ outcome: failed, stages: { read: 1 }, problems: [] }));
  expect((await status()).findings).toMatchObject([problem]);
});

test('reloads of today, by what changed; a configuration that is only written is none', async () => {
  const { clock, journal, status } = setUp();
  const reload = { kind: 'reload', reasons: ['backend shop_10001 is new'], attempts: 1 } as const;
  const reloads = async () => (await status()).haproxy.reloadsToday;
  journal.append(passRecord({ outcome: reload, before: documentOf([], '/run', 1), after: documentOf([service(1)], '/run', 1) }));
  journal.append(passRecord({ outcome: { ...reload, attempts: 0 } }));
  journal.append(passRecord({ outcome: reload, refusals: ['no'] }));
  expect(await reloads()).toMatchObject({ 'service-new': 1, refused: 1 });
  clock.now = new Date('2026-11-23T00:00:01Z');
  expect(await reloads()).toEqual({});
});

test('the last passes that did something, bounded and without secrets', async () => {
  const { journal, status } = setUp();
  journal.append(passRecord());
  const error = new Error(`user admin insecure-password s3cret ${'x'.repeat(5000)}`);
  for (let count = 0; count < 30; count += 1) journal.append(passRecord({ outcome: { kind: 'failed', error } }));
  const { passes } = await status();
  expect([passes.length, passes[0]?.id]).toEqual([20, 31]);
  expect(passes[0]?.text).not.toContain('s3cret');
  expect(passes[0]?.text.length).toBeLessThanOrEqual(1000);
});

test('states of servers: by HAProxy, for each backend its own; not known while it does not answer', async () => {
  const { clock, journal, status } = setUp();
  const [one, two] = [service(1), service(2)];
  journal.append(passRecord({ after: documentOf([one, two], '/run', 1) }));
  const states = async () => (await status()).services.map(({ servers }) => servers.map(({ state }) => state));
  const names = (await status()).services.map(({ backend, servers }) => `${backend}/${servers[0]?.name}`);
  expect(names).toHaveLength(2);
  expect((await states()).flat()).toEqual(['up', 'up']);
  const asked = clock.asked;
  clock.haproxy = 'silent';
  expect((await states()).flat()).toEqual(['unknown', 'unknown']);
  expect(clock.asked).toBe(asked);
});
