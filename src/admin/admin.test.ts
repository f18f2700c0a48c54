import { describe, expect, test } from 'vitest';
import { passRecord } from '../../test/support/pass-record.ts';
import { documentOf, service } from '../../test/support/rendering/documents.ts';
import type { HaproxyState } from '../haproxy/process/heartbeat.ts';
import { createSourceContact } from '../engine/journal/source-contact.ts';
import { createJournal } from '../engine/journal/journal.ts';
import { MarathonError } from '../sources/marathon/error.ts';
import { adminApp } from './app.ts';
import { createMetrics } from './metrics.ts';
import { createStatus } from '../engine/status/status.ts';

const counts = async () => ({ oldWorkers: 3, leaving: 1 });

/** A journal and all that reads it, at a clock that stands. */
function setUp(down: ReadonlySet<string> = new Set()) {
  const clock = { now: 0 };
  const haproxy: { state: HaproxyState } = { state: 'unknown' };
  const journal = createJournal();
  const contact = createSourceContact(journal, () => clock.now);
  const status = createStatus({
    version: '2.0',
    journal,
    contact,
    resyncInterval: 300,
    marathon: () => ({ urls: ['http://marathon:8080'], leader: 'master-1:8080' }),
    haproxy: () => haproxy.state,
    haproxyVersion: () => '3.2',
    counts,
    down: async () => down,
    now: () => new Date('2026-11-22T18:05:00Z'),
  });
  const metrics = createMetrics({ journal, status, version: '2.0' });
  const app = adminApp({ metrics, status, version: '2.0' });
  const sample = async (line: string) => {
    const text = await (await app.request('/_mlb/metrics')).text();
    const found = text.split('\n').find((each) => each.startsWith(`${line} `));
    return found === undefined ? undefined : Number(found.slice(line.length + 1));
  };
  return { clock, haproxy, journal, contact, app, sample };
}

const codes = async (app: ReturnType<typeof setUp>['app']) => {
  const answer = await app.request('/_mlb/ready');
  const { ready, reasons } = (await answer.json()) as { ready: boolean; reasons: { code: string }[] };
  expect(answer.status).toBe(ready ? 200 : 503);
  return reasons.map(({ code }) => code);
};

const unreachable = { kind: 'failed', error: new MarathonError('unreachable', 'Marathon is away') } as const;

describe('readiness', () => {
  test('goes with HAProxy, and comes back with it', async () => {
    const { app, journal, haproxy, sample } = setUp();
    journal.append(passRecord());
    expect([await codes(app), await sample('marathon_lb_haproxy_up')]).toEqual([[], Number.NaN]);
    haproxy.state = 'gone';
    expect([await codes(app), await sample('marathon_lb_haproxy_up')]).toEqual([['haproxy-gone'], 0]);
    haproxy.state = 'silent';
    expect(await codes(app)).toEqual(['haproxy-silent']);
    haproxy.state = 'alive';
    expect([await codes(app), await sample('marathon_lb_haproxy_up')]).toEqual([[], 1]);
  });

  test('comes with the first pass that is live', async () => {
    const { app, journal } = setUp();
    expect(await codes(app)).toEqual(['starting']);
    journal.append(passRecord({ stages: { read: 3 }, outcome: unreachable }));
    expect(await codes(app)).toEqual(['starting']);
    expect(await (await app.request('/_mlb/ready', { headers: { accept: 'text/plain' } })).text()).toMatch(
      /^not ready\nstarting: .*may be old: .*Marathon is away/,
    );
    journal.append(passRecord());
    expect(await codes(app)).toEqual([]);
    expect(await (await app.request('/_mlb/ready', { headers: { accept: 'text/plain' } })).text()).toBe('ready\n');
  });

  test('goes with a configuration that HAProxy refuses or a reload that fails, not with a Marathon that is away for a moment', async () => {
    const { app, journal } = setUp();
    journal.append(passRecord());
    journal.append(passRecord({ stages: { read: 3 }, outcome: unreachable }));
    expect(await codes(app)).toEqual([]);
    journal.append(passRecord({ outcome: { kind: 'held', removed: 9, total: 10, retryInMs: 5000 } }));
    expect(await codes(app)).toEqual([]);
    journal.append(passRecord({ outcome: { kind: 'refused', alerts: [] } }));
    expect(await codes(app)).toEqual(['not-applied']);
    journal.append(passRecord({ stages: { read: 3 }, outcome: unreachable }));
    expect(await codes(app)).toEqual(['not-applied']);
    journal.append(passRecord());
    journal.append(
      passRecord({ stages: { read: 1, build: 1, apply: 1 }, outcome: { kind: 'failed', error: new Error('reload') } }),
    );
    expect(await codes(app)).toEqual(['not-applied']);
    journal.append(passRecord({ outcome: { kind: 'runtime', commands: [] } }));
    expect(await codes(app)).toEqual([]);
  });

  test('goes when nothing comes from Marathon for twice the resync interval', async () => {
    const { app, journal, contact, clock } = setUp();
    journal.append(passRecord());
    clock.now = 600_000;
    expect(await codes(app)).toEqual([]);
    clock.now = 600_001;
    expect(await codes(app)).toEqual(['marathon-silent']);
    contact.note({ kind: 'lost', error: new Error('x'), retryInMs: 1 });
    expect(await codes(app)).toEqual(['marathon-silent']);
    contact.note({ kind: 'changed', workload: '/a', cause: 'x', at: 0 });
    expect(await codes(app)).toEqual([]);
  });
});

describe('metrics', () => {
  test('count passes, their stages and what they did', async () => {
    const { journal, sample } = setUp();
    journal.append(passRecord({ outcome: { kind: 'runtime', commands: ['a', 'b'] } }));
    journal.append(passRecord({ outcome: { kind: 'reload', reasons: [], attempts: 1 }, refusals: ['no'] }));
    journal.append(passRecord({ stages: { read: 1 }, outcome: unreachable }));
    expect(await sample('marathon_lb_passes_total{outcome="failed"}')).toBe(1);
    expect(await sample('marathon_lb_pass_stage_seconds_count{stage="read"}')).toBe(3);
    expect(await sample('marathon_lb_pass_stage_seconds_bucket{le="0.001",stage="build"}')).toBe(2);
    expect(await sample('marathon_lb_event_lag_seconds_count')).toBe(2);
    expect(await sample('marathon_lb_runtime_commands_total')).toBe(2);
    expect(await sample('marathon_lb_runtime_refusals_total')).toBe(1);
    expect(await sample('marathon_lb_reloads_total{reason="refused"}')).toBe(1);
    expect(await sample('marathon_lb_last_pass_ok_timestamp_seconds')).toBe(Date.UTC(2026, 10, 22, 18) / 1000);
    expect(await sample('marathon_lb_haproxy_old_workers')).toBe(3);
    expect(await sample('marathon_lb_servers_leaving')).toBe(1);
  });

  test('reloads by the kinds of change', async () => {
    const { journal, sample } = setUp();
    const outcome = { kind: 'reload', reasons: [], attempts: 1 } as const;
    const one = documentOf([service(1), service(2)], '/run', 25_000);
    const two = documentOf([service(1, { BACKEND: '  # x\n' }), service(3)], '/run', 25_000);
    journal.append(passRecord({ before: one, after: two, outcome }));
    journal.append(passRecord({ before: two, after: two, outcome }));
    for (const reason of ['service-new', 'service-gone', 'settings', 'rules', 'other']) {
      expect([reason, await sample(`marathon_lb_reloads_total{reason="${reason}"}`)]).toEqual([reason, 1]);
    }
    expect(await sample('marathon_lb_reloads_total{reason="head"}')).toBeUndefined();
  });

  test('servers by state and problems by code are those of now', async () => {
    const { journal, sample } = setUp();
    const problem = { code: 'label-malformed', app: '/a', detail: 'x' } as const;
    const after = documentOf([service(1), service(2, { SERVER: ' disabled' })], '/run', 25_000);
    journal.append(passRecord({ after, problems: [problem, { ...problem, app: '/b' }] }));
    expect(await sample('marathon_lb_servers{state="ready"}')).toBe(1);
    expect(await sample('marathon_lb_servers{state="draining"}')).toBe(1);
    expect(await sample('marathon_lb_problems{code="label-malformed"}')).toBe(2);
    journal.append(passRecord());
    expect(await sample('marathon_lb_problems{code="label-malformed"}')).toBeUndefined();
  });

  test('tell how the contact with Marathon is', async () => {
    const { contact, clock, journal, sample } = setUp();
    expect(await sample('marathon_lb_marathon_read_age_seconds')).toBe(-1);
    expect(await sample('marathon_lb_ready')).toBe(0);
    journal.append(passRecord());
    clock.now = 5000;
    contact.note({ kind: 'opened', url: 'x' });
    contact.note({ kind: 'lost', error: new Error('x'), retryInMs: 1 });
    contact.note({ kind: 'opened', url: 'x' });
    expect(await sample('marathon_lb_marathon_read_age_seconds')).toBe(5);
    expect(await sample('marathon_lb_marathon_heard_age_seconds')).toBe(0);
    expect(await sample('marathon_lb_stream_lost_total')).toBe(1);
    expect(await sample('marathon_lb_reconnects_total')).toBe(1);
    expect(await sample('marathon_lb_reconnects_total')).toBe(1);
    expect(await sample('marathon_lb_ready')).toBe(1);
  });
});

test('the status says what is wrong, since when, and what HAProxy and Marathon do', async () => {
  const [one, two] = [service(1), service(2)];
  const { app, journal, contact } = setUp(new Set([`${one.backend}/${one.servers[0]?.host}_${one.servers[0]?.port}`]));
  const problem = { code: 'label-malformed', app: '/a', service: 'a_1', label: 'HAPROXY_0_PORT', detail: 'x', fix: 'y' } as const;
  const after = documentOf([one, service(2, { SERVER: ' disabled' })], '/run', 25_000);
  contact.note({ kind: 'opened', url: 'x' });
  journal.append(passRecord({ after, problems: [problem], outcome: { kind: 'reload', reasons: ['first'], attempts: 1 } }));
  journal.append(
    passRecord({ at: new Date('2026-11-22T18:01:00Z'), before: after, after, problems: [problem, { ...problem, app: '/b' }] }),
  );
  const answer = await app.request('/_mlb/api/status');
  expect(answer.headers.get('content-type')).toMatch('application/json');
  expect(await answer.json()).toMatchObject({
    ready: true,
    problems: 2,
    version: '2.0',
    marathon: { urls: ['http://marathon:8080'], leader: 'master-1:8080', heardAgo: 0, streamsOpened: 1 },
    haproxy: { state: 'unknown', version: '3.2', oldWorkers: 3, leaving: 1, reloadsToday: { other: 1 } },
    services: [
      { app: one.app, backend: one.backend, servers: [{ state: 'down', task: one.servers[0]?.taskId }] },
      { app: two.app, backend: two.backend, servers: [{ state: 'draining' }] },
    ],
    findings: [
      { ...problem, kind: 'problem', since: '2026-11-22T18:00:00.000Z' },
      { ...problem, app: '/b', since: '2026-11-22T18:01:00.000Z' },
    ],
    passes: [{ id: 1, outcome: 'reload', cause: 'start' }],
  });
});

test('health says that the process lives, other paths what there is', async () => {
  const { app } = setUp();
  const health = await app.request('/_mlb/health');
  expect(await health.json()).toMatchObject({ status: 'ok', version: '2.0', carriesBothDefinitions: true });
  expect(health.headers.get('cache-control')).toBe('no-store');
  expect((await app.request('/_mlb/other')).status).toBe(404);
});

test('mistakes of apps are counted, and leave the load balancer ready', async () => {
  const { app, journal } = setUp();
  const problem = { code: 'haproxy-rejected', app: '/shop', detail: 'it is left out' } as const;
  journal.append(passRecord({ problems: [problem, { ...problem, code: 'label-useless' }] }));
  const answer = await app.request('/_mlb/ready');
  expect(answer.status).toBe(200);
  expect(await answer.json()).toEqual({ ready: true, reasons: [], problems: 1 });
});
