import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { appsOf as apps, definition, inZddWorld as inWorld } from '../support/deploy/zdd-world.ts';

test('0: done; 1: declined, where nobody says yes', () =>
  inWorld(async (given) => {
    const declined = await given.zdd([]);
    expect(declined).toMatchObject({ status: 1, out: expect.stringContaining('"HAPROXY_DEPLOYMENT_COLOUR": "blue"') });
    expect(declined.err).toContain('Create /x-blue? (y/n)');
    expect(await apps(given)).toEqual({});
    expect(await given.zdd()).toMatchObject({ status: 0 });
    expect(await apps(given)).toEqual({ '/x-blue': 2 });
    expect(await given.zdd()).toMatchObject({ status: 0, err: expect.stringContaining('/x-green serves alone') });
    expect(await apps(given)).toEqual({ '/x-green': 2 });
    expect(await given.zdd(['--resume', '--force'])).toMatchObject({ status: 0 });
    expect(await apps(given)).toEqual({ '/x-green': 2 });
  }));

test('a dry run prints the definition and the plan, and changes nothing', () =>
  inWorld(async (given) => {
    await given.zdd();
    const { status, out, err } = await given.zdd(['--dry-run']);
    expect(status).toBe(0);
    const printed = JSON.parse(out) as { id: string; instances: number; labels: Record<string, string> };
    expect(printed).toMatchObject({ id: '/x-green', instances: 1, portDefinitions: [{ port: 10_001 }] });
    expect(out).toBe(`${JSON.stringify(printed, undefined, 2)}\n`);
    expect(Object.keys(printed.labels)).toEqual(Object.keys(printed.labels).sort());
    expect(err.match(/Plan \d+: .*/g)?.map((line) => line.replace(/ (with|to) .*|: none.*/, ''))).toEqual([
      expect.stringContaining('Plan 1: Create /x-green'),
      expect.stringContaining('Plan 2: Kill 1 task of /x-blue'),
      expect.stringContaining('Plan 3: Scale /x-green'),
      expect.stringContaining('Plan 4: Delete /x-blue'),
      expect.stringContaining('Plan 5: Done'),
    ]);
    expect(await apps(given)).toEqual({ '/x-blue': 2 });
  }));

test('2: changes that Marathon takes and does not do', { timeout: 60_000 }, () =>
  inWorld(async (given) => {
    await given.zdd();
    for (const path of ['/v2/tasks/delete', '/v2/apps/x-green']) {
      given.sim.setFault({ kind: 'status', status: 200, message: 'done', path, times: 1000 });
    }
    expect(await given.zdd()).toMatchObject({ status: 2, err: expect.stringMatching(/\d+ changes and no end/) });
    expect(await apps(given)).toEqual({ '/x-blue': 2, '/x-green': 1 });
  }),
);

test('3: bad arguments, and a definition that is none', () =>
  inWorld(async (given) => {
    const usage = given.zdd(['--canary-steps', '50,5']);
    const bogus = given.zdd(['--bogus']);
    const both = given.zdd(['--complete-cur', '--rollback']);
    const broken = given.zdd([], '{');
    expect(await usage).toMatchObject({ status: 3, err: expect.stringContaining('rising percentages') });
    expect(await bogus).toMatchObject({ status: 3 });
    expect(await both).toMatchObject({ status: 3, err: expect.stringContaining('exclude each other') });
    expect(await broken).toMatchObject({ status: 3, err: expect.stringContaining('not JSON') });
    expect(await apps(given)).toEqual({});
  }));

test('3: options that do not fit what is in Marathon', () =>
  inWorld(async (given) => {
    await given.zdd();
    expect(await given.zdd(['--force', '--new-instances', '9'])).toMatchObject({ status: 3 });
    await given.zdd(['--force', '--new-instances', '1']);
    expect(await apps(given)).toEqual({ '/x-blue': 1, '/x-green': 1 });
    expect(await given.zdd()).toMatchObject({ status: 3, err: expect.stringContaining('--resume') });
    expect(await given.zdd(['--force', '--resume', '--complete-prev'])).toMatchObject({ status: 0 });
    expect(await apps(given)).toEqual({ '/x-blue': 2 });
  }));

test('4: a definition lacks a field', () =>
  inWorld(async (given) => {
    const { status, err } = await given.zdd(['--force'], { id: '/x', labels: { HAPROXY_DEPLOYMENT_GROUP: 'x' } });
    expect(status).toBe(4);
    expect(err).toMatch(/HAPROXY_DEPLOYMENT_ALT_PORT.*service port/);
  }));

test('5: a load balancer that does not answer, or never serves the new tasks', () =>
  inWorld(async (given) => {
    given.balancer.silent = true;
    expect(await given.zdd()).toMatchObject({ status: 5, err: expect.stringContaining('nothing was changed') });
    given.balancer.silent = false;
    given.balancer.empty = true;
    const late = await given.zdd(['--force', '--max-wait', '0.5']);
    expect(late).toMatchObject({ status: 5, err: expect.stringMatching(/0 of 2 \/x-blue tasks UP on 127\.0\.0\.1:\d+/) });
    // There is nothing to go back to.
    expect(late.err).toMatch(/Nothing more is changed; --resume goes on$/m);
  }));

test('6: no Marathon, or none for too long', () =>
  inWorld(async (given) => {
    const away = await given.zdd(['--force'], definition, 'http://127.0.0.1:1');
    expect(away).toMatchObject({ status: 6, err: expect.stringContaining('ECONNREFUSED') });
    given.sim.loseLeader({ ms: 60_000 });
    const lost = await given.zdd(['--force', '--max-wait', '0.3']);
    expect(lost).toMatchObject({ status: 6, err: expect.stringMatching(/502.*\n.*502/) });
  }));

test('7: the new app is refused, or does not start', () =>
  inWorld(async (given) => {
    const refused = await given.zdd(['--force'], { ...definition, cpus: -1 });
    expect(refused).toMatchObject({ status: 7, err: expect.stringContaining('/cpus') });
    given.sim.setOffers(false);
    expect(await given.zdd(['--force', '--max-wait', '0.5'])).toMatchObject({ status: 7 });
    expect(await given.zdd(['--rollback', '--force', '--max-wait', '0.5'])).toMatchObject({ status: 0 });
  }));

test('8 and 9: a change is refused; a lock and a lost answer are not the end', () =>
  inWorld(async (given) => {
    await given.zdd();
    given.sim.setFault({ kind: 'status', status: 422, message: 'no', path: '/v2/tasks/delete' });
    expect(await given.zdd()).toMatchObject({ status: 9, err: expect.stringContaining('Marathon answers 422') });
    given.sim.setFault({ kind: 'status', status: 422, message: 'no', path: '/v2/apps/x-blue' });
    expect(await given.zdd(['--resume', '--force'])).toMatchObject({ status: 8, err: expect.stringContaining('DELETE') });
    given.sim.setFault({ kind: 'truncate', path: '/v2/apps/x-blue' });
    given.sim.setFault({ kind: 'status', status: 409, message: 'App is locked', path: '/v2/apps/x-blue' });
    const resumed = await given.zdd(['--resume', '--force']);
    expect(resumed).toMatchObject({ status: 0, err: expect.stringContaining('looking before it is tried again') });
    expect(await apps(given)).toEqual({ '/x-green': 2 });
  }));

test('a leader that shows no app yet is not taken for a group without apps', () =>
  inWorld(async (given) => {
    await given.zdd();
    given.sim.setFault({ kind: 'empty-apps', path: '/v2/apps' });
    expect(await given.zdd()).toMatchObject({ status: 0 });
    expect(await apps(given)).toEqual({ '/x-green': 2 });
  }));

test('a hook is told what is killed, and may say no', () =>
  inWorld(async (given) => {
    await given.zdd();
    const hook = join(given.folder, 'hook');
    await writeFile(hook, '#!/bin/sh\necho "told $2"\nexit 3\n', { mode: 0o755 });
    const declined = await given.zdd(['--force', '--pre-kill-hook', hook]);
    expect(declined).toMatchObject({
      status: 1,
      err: expect.stringMatching(/hook: told \["x-blue\..*"\][^]*ended with status 3/),
    });
    await writeFile(hook, '#!/bin/sh\nsleep 60\n', { mode: 0o755 });
    const slow = await given.zdd(['--resume', '--force', '--pre-kill-hook', hook, '--pre-kill-hook-timeout', '0.2']);
    expect(slow).toMatchObject({ status: 1, err: expect.stringContaining('longer than 0.2 s') });
    await writeFile(hook, '#!/bin/sh\nexit 0\n', { mode: 0o755 });
    expect(await given.zdd(['--resume', '--force', '--pre-kill-hook', hook])).toMatchObject({ status: 0 });
  }));

test('10: a canary that answers worse is taken back; one that does not is finished', () =>
  inWorld(async (given) => {
    await given.zdd();
    given.balancer.errors.set('-green', 0.5);
    const canary = ['--force', '--canary-steps', '50', '--canary-wait', '0.4'];
    const bad = await given.zdd([...canary, '--output', 'json']);
    expect(bad.status).toBe(10);
    const told = bad.out
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as { at: string; type: string });
    for (const { at } of told) expect(new Date(at).toISOString()).toBe(at);
    expect(new Set(told.map(({ type }) => type))).toEqual(
      new Set(['definition', 'trouble', 'answer', 'create', 'look', 'turned-back', 'write', 'end']),
    );
    expect(told.at(-1)).toMatchObject({
      type: 'end',
      status: 10,
      why: expect.stringContaining('the new tasks fail 50.0 %'),
    });
    expect(await apps(given)).toEqual({ '/x-blue': 2 });
    given.balancer.errors.clear();
    expect(await given.zdd(canary)).toMatchObject({ status: 0, err: expect.stringContaining('is watched with 1 instance') });
    expect(await apps(given)).toEqual({ '/x-green': 2 });
  }));
