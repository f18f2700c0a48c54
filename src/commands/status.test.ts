import { expect, test } from 'vitest';
import type { Status } from '../engine/status/status.ts';
import { serve } from '../../test/support/marathon/marathon-http.ts';
import { nowhere } from '../../test/support/rendering/golden.ts';
import { formatStatus, status as ask, STATUSES, statusOf } from './status.ts';
import { NEVER } from '../lib/async/signals.ts';
import { localTime } from '../lib/text/local-time.ts';

const status: Status = {
  ready: true,
  reasons: [],
  problems: 0,
  version: '2.0',
  marathon: { urls: ['http://marathon:8080'], leader: 'master-1:8080', heardAgo: 1400, streamsOpened: 1, streamsLost: 0 },
  haproxy: { state: 'alive', version: '3.2', oldWorkers: 1, leaving: 0, reloadsToday: { 'service-new': 2, settings: 1 } },
  services: [
    {
      app: '/shop',
      index: 0,
      backend: 'shop_10001',
      servers: [
        { name: 'a', task: 'a', address: '10.0.0.1:1', state: 'up' },
        { name: 'b', task: 'b', address: '10.0.0.1:2', state: 'down' },
      ],
    },
  ],
  findings: [],
  certificates: [],
  warnings: [],
  passes: [{ id: 7, at: '2026-11-22T18:00:00.000Z', cause: 'start', outcome: 'reload', text: 'HAProxy reloaded: x', tookMs: 20 }],
};
const problem = { code: 'label-malformed', app: '/wrong', label: 'HAPROXY_0_PORT', detail: 'it is\n"x"', fix: 'y' } as const;
const since = '2026-11-22T18:00:00.000Z';

test('all is well: exit status 0', () => {
  expect(statusOf(status)).toBe(0);
  expect(formatStatus(status)).toBe(`marathon-lb 2.0: ready, no problems

Marathon   http://marathon:8080, leader master-1:8080; heard 1 s ago
HAProxy    3.2, alive, 1 old worker
Reloads    today: 2 × service-new; 1 × settings
Services   1, with 2 servers: 1 up, 0 draining, 1 down

Last changes
  #7 ${localTime(new Date(since))} start: HAProxy reloaded: x
`);
});

test('problems, and services without a server that is up: exit status 1', () => {
  const wrong = { ...status, problems: 1, findings: [{ ...problem, kind: 'problem', since } as const] };
  expect(statusOf(wrong)).toBe(1);
  expect(formatStatus(wrong)).toContain(
    `\nProblems\n  /wrong: it is "x" (HAPROXY_0_PORT) [label-malformed, since ${localTime(new Date(since))}]\n    fix: y\n`,
  );
  const [shop] = status.services;
  const dark = { ...status, services: [{ ...shop!, servers: [{ name: 'b', task: 'b', state: 'down' as const }] }] };
  expect(statusOf(dark)).toBe(1);
  expect(formatStatus(dark)).toContain('\n  no server of /shop is up (shop_10001)\n');
});

test('a warning stands at the top, and is no problem of an app', () => {
  const warned = { ...status, warnings: ['no app has HAPROXY_GROUP typo'] };
  expect(statusOf(warned)).toBe(0);
  expect(formatStatus(warned)).toMatch(/^.*no problems\n {2}no app has HAPROXY_GROUP typo\n\n/);
});

test('a policy that cannot be used is a problem', () => {
  const policy = { file: '/etc/policy.json', rules: 2, since };
  expect(statusOf(status)).toBe(0);
  expect(formatStatus({ ...status, policy })).toContain(
    `\nPolicy     /etc/policy.json, 2 rules of ${localTime(new Date(since))}\n`,
  );
  const wrong = { ...status, problems: 1, policy: { ...policy, fault: { detail: 'rules is missing', since } } };
  expect(statusOf(wrong)).toBe(1);
  expect(formatStatus(wrong)).toContain(
    `\nProblems\n  the policy cannot be used: rules is missing [policy-unusable, since ${localTime(new Date(since))}]\n    fix: correct the file and send SIGHUP`,
  );
});

test('certificates near their end are listed, and are problems two weeks before it', () => {
  const now = new Date('2026-11-22T18:00:00Z');
  const end = (days: number) => ({
    path: `/c${days}.pem`,
    name: `c${days}.test`,
    ends: new Date(now.getTime() + days * 86_400_000).toISOString(),
  });
  const far = { ...status, certificates: [end(20), end(40)] };
  expect(statusOf(far, now)).toBe(0);
  expect(formatStatus(far, now)).toMatch(/\nCertificates\n {2}c20\.test ends in 20 days, \S+ \S+ \S+ \(\/c20\.pem\)\n\n/);
  const near = { ...status, certificates: [end(-1), end(0), end(13)] };
  expect(statusOf(near, now)).toBe(1);
  expect(formatStatus(near, now)).toMatch(/c-1\.test has ended, .*\n {2}c0\.test ends today, .*\n {2}c13\.test ends in 13 days/);
});
test.each(['{}', '[]', 'null', '<html>', `{"ready":${'['.repeat(100_000)}`, JSON.stringify({ ...status, passes: [1] })])(
  'an answer that is no status: exit status 2, and a sentence: %#',
  async (text) => {
    await using server = await serve((_, response) => void response.end(text));
    const said: string[] = [];
    const raw = { adminListen: `127.0.0.1:${server.port}`, haproxyVersion: '2.6' };
    expect(
      await ask({ json: false, watch: false }, raw, nowhere, {
        out: () => {},
        err: (line) => void said.push(line),
        signal: NEVER,
      }),
    ).toBe(STATUSES.notReady);
    expect(said.join('')).toMatch(/its answer is no status: an older version, or another program/);
  },
);

test('not ready: exit status 2, with the reason first; states that are not known are no fault of the servers', () => {
  const reasons = [{ code: 'haproxy-silent', detail: 'HAProxy does not answer' }] as const;
  const [shop] = status.services;
  const services = [{ ...shop!, servers: [{ name: 'b', task: 'b', state: 'unknown' as const }] }];
  const silent: Status = { ...status, ready: false, reasons, services, haproxy: { ...status.haproxy, state: 'silent' } };
  expect(statusOf(silent)).toBe(2);
  expect(formatStatus(silent)).toMatch(/^marathon-lb 2\.0: NOT READY\n {2}haproxy-silent: HAProxy does not answer\n/);
  expect(formatStatus(silent)).toContain('0 up, 0 draining, 0 down, 1 unknown\n\n');
});
