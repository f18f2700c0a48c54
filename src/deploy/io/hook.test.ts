import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { runHook } from './hook.ts';

const signal = new AbortController().signal;

/** Runs a shell script as hook, and gives the lines that it said. */
async function linesOf(script: string, timeout: number): Promise<readonly string[]> {
  const folder = await mkdtemp(join(tmpdir(), 'hook-'));
  try {
    const path = join(folder, 'hook');
    await writeFile(path, `#!/bin/sh\n${script}\n`, { mode: 0o755 });
    const lines: string[] = [];
    const told = { old: { id: '/x-blue' }, tasks: ['t.1'], fresh: { id: '/x-green' } };
    await runHook({ path, timeout }, told, (line) => lines.push(line), signal);
    return lines;
  } finally {
    await rm(folder, { recursive: true });
  }
}

test('it is told the old app, the tasks and the new app, and its last line is heard', async () => {
  expect(await linesOf(`printf '%s\\n' "$1" "$2"; printf '%s' "$3" >&2`, 30_000)).toEqual(
    expect.arrayContaining(['{"id":"/x-blue"}', '["t.1"]', '{"id":"/x-green"}']),
  );
});

test('what it leaves in the background is not waited for', async () => {
  const [pid] = await linesOf('sleep 60 & echo $!', 8000);
  expect(pid).toMatch(/^\d+$/);
  process.kill(Number(pid), 'SIGKILL');
});

test.each([
  ['exit 3', 30_000, 'ended with status 3: no task was killed'],
  ['kill -9 $$', 30_000, 'ended with SIGKILL'],
  ['sleep 60', 100, 'took longer than 0.1 s (--pre-kill-hook-timeout)'],
])('%s: no task may be killed', async (script, timeout, why) => {
  await expect(linesOf(script, timeout)).rejects.toMatchObject({ code: 'declined', message: expect.stringContaining(why) });
});
