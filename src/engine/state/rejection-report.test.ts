import { mkdtemp, readdir, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { service } from '../../../test/support/rendering/documents.ts';
import { type Logger, silent } from '../../log/logger.ts';
import { withRejections } from './served-now.ts';
import { createRejectionReportFile, NO_REJECTIONS, reportRejections } from './rejection-report.ts';
import type { Effect, Rejection } from '../quarantine/candidate.ts';

let folder = '';
let warnings: string[] = [];
const log: Logger = { ...silent, warn: (message) => void warnings.push(message) };
beforeEach(async () => {
  warnings = [];
  folder = await mkdtemp(join(tmpdir(), 'report-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const rejection = (id: number, effect: Effect): [string, Rejection] => [
  `/app-${id}#0`,
  {
    definition: service(id),
    servers: [],
    isOfServers: false,
    files: [],
    message: "unknown keyword 'weird'",
    label: 'HAPROXY_0_BACKEND_HEAD',
    bind: undefined,
    steps: 1,
    effect,
  },
];
const rejected = new Map([rejection(1, 'nothing'), rejection(2, 'last-labels'), rejection(3, 'last-servers')]);
const fleet = [0, 1, 2, 3].map((id) => service(id));

test('refusals reach another program, for their own user only', async () => {
  const rejectionReport = reportRejections(rejected, 'HAProxy was not reloaded', fleet.slice(0, 2));
  {
    await using store = createRejectionReportFile({ folder, log, delay: 0 });
    expect(await store.read()).toEqual(NO_REJECTIONS);
    store.keep(rejectionReport);
  }
  expect(await createRejectionReportFile({ folder, log }).read()).toEqual(rejectionReport);
  expect((await stat(join(folder, 'refusals.json'))).mode & 0o777).toBe(0o600);
  expect(await readdir(folder)).toEqual(['refusals.json']);
  await writeFile(join(folder, 'refusals.json'), '{"format":1,"refusals":[{"app":1}]}');
  expect(await createRejectionReportFile({ folder, log }).read()).toEqual(NO_REJECTIONS);
  expect(warnings).toEqual([expect.stringContaining('refusals.json cannot be read')]);
});

test('what is left out is not served, and what stands in is', () => {
  const old = service(2, { BACKEND: 'old' });
  const { services, problems } = withRejections(
    fleet,
    reportRejections(rejected, undefined, fleet),
    new Map([['/app-2#0', old]]),
  );
  expect(services).toEqual([fleet[0], { ...old, since: undefined, lostPort: undefined, contested: undefined }, fleet[3]]);
  expect(problems.map(({ app, detail }) => `${app}: ${/\((.*) until/.exec(detail)?.[1]}`)).toEqual([
    '/app-1: it is left out',
    '/app-2: it is served with its last good labels and its current tasks',
    '/app-3: it is served with the servers that HAProxy accepted last',
  ]);
});

test('after a failed reload what HAProxy does not have yet is not served', () => {
  const rejectionReport = reportRejections(new Map(), 'HAProxy was not reloaded', [service(0)]);
  const { services, problems } = withRejections(fleet.slice(0, 2), rejectionReport, new Map());
  expect(services).toEqual([fleet[0]]);
  expect(problems).toMatchObject([{ app: '/app-1', detail: expect.stringContaining('it is not live') }]);
});

test('nothing refused, nothing changed', () => {
  expect(withRejections(fleet, NO_REJECTIONS, new Map()).services).toBe(fleet);
});
