import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { appsOf, inZddWorld } from '../support/deploy/zdd-world.ts';

const CTRL_C = '\u0003';
const CHOICE = /Leave it as it is and resume later \(l\), roll back \(b\), or go on \(g\)\? /;

test.each([
  ['l', 1, { '/x-blue': 2, '/x-green': 1 }, /left as it is; --resume goes on, --rollback takes it back/],
  ['b', 1, { '/x-blue': 2 }, /rolled back, as was chosen/],
  ['g', 0, { '/x-green': 2 }, /\/x-green serves alone/],
] as const)('Ctrl-C asks what to do: %s', (key, status, apps, words) =>
  inZddWorld(async (given) => {
    await given.zdd();
    await using program = await given.zddOnTerminal(['--force', '--settle-time', '1.5']);
    // The view: both sides, the step, its reason and the time that is left.
    await program.until(
      /app +instances +healthy +UP +draining +sessions +req\/s +errors\s+\/x-blue +2 +[^]*\/x-green +1 +[^]*Waiting: .*s left\)/,
    );
    program.type(CTRL_C);
    await program.until(CHOICE);
    program.type(`${key}\r`);
    expect([await program.ended, await appsOf(given)]).toEqual([status, apps]);
    expect(program.text()).toMatch(words);
    if (key !== 'l') return;
    expect(await given.zdd(['--resume', '--force'])).toMatchObject({ status: 0 });
    expect(await appsOf(given)).toEqual({ '/x-green': 2 });
  }),
);

test('Ctrl-C in a first deploy: there is nothing to go back to', () =>
  inZddWorld(async (given) => {
    given.balancer.empty = true;
    await using program = await given.zddOnTerminal(['--force', '--max-wait', '60']);
    await program.until(/Waiting: 0 of 2/);
    program.type(CTRL_C);
    await program.until(/Leave it as it is and resume later \(l\), or go on \(g\)\? $/);
    program.type('b\r');
    // That is no answer here: it asks again.
    await program.until(/\? b\s+Leave it as it is and resume later \(l\), or go on \(g\)\? $/);
    program.type('l\r');
    expect([await program.ended, await appsOf(given)]).toEqual([1, { '/x-blue': 2 }]);
  }));

test('Ctrl-C with a question open, and while a hook runs', () =>
  inZddWorld(async (given) => {
    await given.zdd();
    await using asked = await given.zddOnTerminal();
    await asked.until(/Create \/x-green\? \(y\/n\) /);
    asked.type('y\r');
    await asked.until(/Kill 1 task of \/x-blue \(they have drained: .*\)\? \(y\/n\) /);
    asked.type(CTRL_C);
    await asked.until(CHOICE);
    asked.type('l\r');
    expect([await asked.ended, await appsOf(given)]).toEqual([1, { '/x-blue': 2, '/x-green': 1 }]);
    const hook = join(given.folder, 'hook');
    await writeFile(hook, '#!/bin/sh\necho on its way\nsleep 60\n', { mode: 0o755 });
    await using hooked = await given.zddOnTerminal(['--resume', '--force', '--pre-kill-hook', hook]);
    await hooked.until(/hook: on its way/);
    hooked.type(CTRL_C);
    await hooked.until(CHOICE);
    hooked.type('b\r');
    expect([await hooked.ended, await appsOf(given)]).toEqual([1, { '/x-blue': 2 }]);
  }));
