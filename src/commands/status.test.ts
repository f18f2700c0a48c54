import { expect, test } from 'vitest';
import type { Status } from '../engine/status/status.ts';
import { formatStatus, statusOf } from './status.ts';

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
  #7 2026-11-22T18:00:00.000Z start: HAProxy reloaded: x
`);
});

test('problems, and services without a server that is up: exit status 1', () => {
  const wrong = { ...status, problems: 1, findings: [{ ...problem, kind: 'problem', since } as const] };
  expect(statusOf(wrong)).toBe(1);
  expect(formatStatus(wrong)).toContain(
    `\nProblems\n  /wrong: it is "x" (HAPROXY_0_PORT) [label-malformed, since ${since}]\n    fix: y\n`,
  );
  const [shop] = status.services;
  const dark = { ...status, services: [{ ...shop!, servers: [{ name: 'b', task: 'b', state: 'down' as const }] }] };
  expect(statusOf(dark)).toBe(1);
  expect(formatStatus(dark)).toContain('\n  no server of /shop is up (shop_10001)\n');
});

test('not ready: exit status 2, with the reason first; states that are not known are no fault of the servers', () => {
  const reasons = [{ code: 'haproxy-silent', detail: 'HAProxy does not answer' }] as const;
  const [shop] = status.services;
  const services = [{ ...shop!, servers: [{ name: 'b', task: 'b', state: 'unknown' as const }] }];
  const silent: Status = { ...status, ready: false, reasons, services, haproxy: { ...status.haproxy, state: 'silent' } };
  expect(statusOf(silent)).toBe(2);
  expect(formatStatus(silent)).toMatch(/^marathon-lb 2\.0: NOT READY\n {2}haproxy-silent: HAProxy does not answer\n/);
  expect(formatStatus(silent)).toContain('0 up, 0 draining, 0 down, 1 unknown\n\n');
});
