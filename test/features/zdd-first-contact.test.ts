import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { appsOf as apps, definition, inZddWorld as inWorld, type ZddWorld } from '../support/deploy/zdd-world.ts';

/** An app that was put there by hand, with the labels that the guide asks for. */
async function putByHand({ sim }: ZddWorld, app: object = definition): Promise<void> {
  const headers = { 'content-type': 'application/json' };
  const answer = await fetch(`${sim.url}/v2/apps`, { method: 'POST', headers, body: JSON.stringify(app) });
  expect(answer.status).toBe(201);
  await sim.idle(AbortSignal.timeout(10_000));
}

/** A deploy that stops before its first kill. */
async function stopped(given: ZddWorld, ...args: string[]): Promise<void> {
  const hook = join(given.folder, 'hook');
  await writeFile(hook, '#!/bin/sh\nexit 3\n', { mode: 0o755 });
  expect(await given.zdd(['--force', '--pre-kill-hook', hook, ...args])).toMatchObject({ status: 1 });
  expect(await apps(given)).toEqual({ '/x': 2, '/x-blue': 1 });
}

test('adoption: an app that was put there by hand is replaced, and the next deploy goes on from there', () =>
  inWorld(async (given) => {
    await putByHand(given);
    const planned = await given.zdd(['--dry-run']);
    expect(planned.err).toMatch(/Plan 5: Done: \/x-blue serves alone, with 2 instances/);
    expect(await given.zdd()).toMatchObject({ status: 0 });
    expect(await apps(given)).toEqual({ '/x-blue': 2 });
    expect(await given.zdd()).toMatchObject({ status: 0 });
    expect(await apps(given)).toEqual({ '/x-green': 2 });
  }));

test('adoption: one that has the name of the first colour', () =>
  inWorld(async (given) => {
    await putByHand(given, { ...definition, id: '/x-blue' });
    expect(await given.zdd()).toMatchObject({ status: 0 });
    expect(await apps(given)).toEqual({ '/x-green': 2 });
  }));

test.each([
  [['--complete-cur'], { '/x-blue': 2 }],
  [['--complete-prev'], { '/x': 2 }],
  [['--rollback'], { '/x': 2 }],
] as const)('adoption: side by side, then %s', ([mode], expected) =>
  inWorld(async (given) => {
    await putByHand(given);
    expect(await given.zdd(['--force', '--new-instances', '1'])).toMatchObject({ status: 0 });
    expect(await apps(given)).toEqual({ '/x': 1, '/x-blue': 1 });
    expect(await given.zdd(['--force', mode])).toMatchObject({ status: 0 });
    expect(await apps(given)).toEqual(expected);
  }),
);

test.each([
  [['--resume'], { '/x-blue': 2 }],
  [['--complete-cur'], { '/x-blue': 2 }],
  [['--rollback'], { '/x': 2 }],
  [['--complete-prev'], { '/x': 2 }],
] as const)('adoption: stopped before the first kill, then %s', ([mode], expected) =>
  inWorld(async (given) => {
    await putByHand(given);
    await stopped(given);
    expect(await given.zdd(['--force', mode])).toMatchObject({ status: 0 });
    expect(await apps(given)).toEqual(expected);
  }),
);

test('adoption by a canary: taken back where it is worse, and by --resume where nothing was begun', () =>
  inWorld(async (given) => {
    await putByHand(given);
    given.balancer.errors.set('-blue', 0.5);
    const canary = ['--force', '--canary-steps', '50', '--canary-wait', '0.4'];
    expect(await given.zdd(canary)).toMatchObject({ status: 10 });
    expect(await apps(given)).toEqual({ '/x': 2 });
    given.balancer.errors.clear();
    expect(await given.zdd([...canary, '--resume'])).toMatchObject({ status: 0 });
    expect(await apps(given)).toEqual({ '/x-blue': 2 });
  }));

test('both apps are checked before anything is created', () =>
  inWorld(async (given) => {
    const labels = { ...definition.labels, HAPROXY_DEPLOYMENT_STARTED_AT: 'yesterday' };
    await putByHand(given, { ...definition, labels });
    const refused = await given.zdd();
    expect(refused).toMatchObject({ status: 4, err: expect.stringMatching(/STARTED_AT.*yesterday.*nothing was changed/) });
    expect(await apps(given)).toEqual({ '/x': 2 });
  }));

/** Tasks answer at the virtual host of their own app only, as far as the new app is not asked at that of the old one. */
const other = { ...definition, labels: { ...definition.labels, HAPROXY_0_VHOST: 'b.test' } };

test('load balancers of 1.15: going back with another definition is no outage', () =>
  inWorld(async (given) => {
    await given.zdd();
    const looks: string[] = [];
    given.balancer.passes = (app, definition) => {
      const isServed = app.id === '/x-green' || definition.id === '/x-blue';
      looks.push(`${app.id} ${isServed}`);
      return isServed;
    };
    const begun = await given.zdd(['--force', '--new-instances', '1'], other);
    expect(begun).toMatchObject({
      status: 0,
      err: expect.stringMatching(/differ in what serves: HAPROXY_0_VHOST \(not set → b\.test\)/),
    });
    expect(begun.err).toMatch(/must answer to that; if the deploy is taken back, tasks of \/x-green end while they serve/);
    expect(await apps(given)).toEqual({ '/x-blue': 1, '/x-green': 1 });
    looks.length = 0;
    const back = await given.zdd(['--force', '--rollback', '--step-delay', '0.2'], other);
    expect(back).toMatchObject({ status: 0 });
    expect(await apps(given)).toEqual({ '/x-blue': 2 });
    expect(looks).toContain('/x-blue true');
    expect(looks).not.toContain('/x-blue false');
  }));

test('load balancers of 1.15: new tasks that fail the old checks do not keep the group out of service', () =>
  inWorld(async (given) => {
    const single = { ...definition, instances: 1 };
    await given.zdd(['--force'], single);
    given.balancer.passes = (app, definition) => app.id === definition.id;
    const started = performance.now();
    const failed = await given.zdd(['--force', '--max-wait', '60'], { ...other, instances: 1 });
    expect(failed).toMatchObject({ status: 10, err: expect.stringMatching(/Rolling back: no task of the group is UP on 127/) });
    expect(performance.now() - started).toBeLessThan(40_000);
    expect(await apps(given)).toEqual({ '/x-blue': 1 });
  }));

test('no terminal, a hook without a path, and a BOM', () =>
  inWorld(async (given) => {
    expect(await given.zdd([])).toMatchObject({ status: 1, err: expect.stringContaining('no terminal to ask on: give --force') });
    const hook = await given.zdd(['--force', '--pre-kill-hook', 'package.json']);
    expect(hook).toMatchObject({ status: 3, err: expect.stringContaining('package.json is in no folder of PATH') });
    expect(await apps(given)).toEqual({});
    expect(await given.zdd(['--force'], `\uFEFF${JSON.stringify(definition)}`)).toMatchObject({ status: 0 });
  }));

test('of two jobs that start together with different definitions, one is done and the other one says that it is not', () =>
  inWorld(async (given) => {
    // Both have seen that nothing is there before any of them creates it.
    let looks = 0;
    let release: (() => void) | undefined;
    const both = new Promise<void>((resolve) => {
      release = resolve;
    });
    given.balancer.before = () => {
      looks += 1;
      if (looks === 2) setTimeout(() => release?.(), 200);
      return both;
    };
    const jobs = ['sleep 1', 'sleep 2'].map((cmd) => given.zdd(['--force'], { ...definition, cmd }));
    const ended = await Promise.all(jobs);
    const winner = ended.findIndex(({ status }) => status === 0);
    const loser = ended[1 - winner];
    expect(loser?.status).toBe(7);
    expect(loser?.err).toMatch(
      /was created by another deploy at the same time, from another definition: nothing of this one is deployed/,
    );
    const { apps: found } = (await (await fetch(`${given.sim.url}/v2/apps`)).json()) as { apps: { cmd: string }[] };
    expect(found.map(({ cmd }) => cmd)).toEqual([`sleep ${winner + 1}`]);
  }));
