import { expect, test } from 'vitest';
import { run } from './run.ts';

const sh = (script: string, more: { timeout?: number; signal?: AbortSignal } = {}) =>
  run('sh', ['-c', script], { timeout: 10_000, limit: 10, ...more });

test('keeps the first characters of both channels, and the status', async () => {
  expect(await sh('echo out; sleep 0.05; echo errors and more >&2; exit 3')).toEqual({
    code: 3,
    signal: null,
    isLate: false,
    output: 'out\nerrors',
  });
});

test('kills a program that takes too long', async () => {
  expect(await sh('exec sleep 60', { timeout: 50 })).toMatchObject({ signal: 'SIGKILL', isLate: true });
});

test('kills a program at the abort, and throws the reason', async () => {
  const reason = new Error('stop');
  const stop = new AbortController();
  setTimeout(() => stop.abort(reason), 50);
  await expect(sh('exec sleep 60', { signal: stop.signal })).rejects.toBe(reason);
  await expect(sh('true', { signal: stop.signal })).rejects.toBe(reason);
});

test('does not wait for what a program leaves in the background', async () => {
  expect(await sh('sleep 60 & echo $!', { timeout: 5000 }).then((end) => (process.kill(Number(end.output)), end))).toMatchObject({
    code: 0,
    isLate: false,
  });
});

test('a program that ends in time is not late, whatever it leaves in the background', async () => {
  const end = await sh('sleep 60 & echo $!', { timeout: 150 });
  process.kill(Number(end.output));
  expect(end).toMatchObject({ code: 0, isLate: false });
});

test('throws the error of the system if there is no such program', async () => {
  await expect(run('/nowhere/program', [], { timeout: 1000, limit: 0 })).rejects.toMatchObject({ code: 'ENOENT' });
});
