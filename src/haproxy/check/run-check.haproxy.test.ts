import { execFileSync } from 'node:child_process';
import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { head } from '../../../test/support/rendering/documents.ts';
import { HAPROXIES } from '../../../test/support/haproxy/haproxies.ts';
import { printSection } from '../../render/document.ts';
import { runCheck } from './run-check.ts';

let folder = '';
let config = '';
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'mlb-validate-'));
  config = join(folder, 'haproxy.cfg');
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const signal = () => AbortSignal.timeout(30_000);
const program = async (script: string) => {
  const path = join(folder, 'program');
  await writeFile(path, `#!/bin/sh\n${script}\n`);
  await chmod(path, 0o755);
  return path;
};

describe.each(HAPROXIES)('with %s', (binary) => {
  const checked = async (text: string) => {
    await writeFile(config, `${printSection(head(folder))}${text}`);
    return runCheck({ binary, config, signal: signal() });
  };

  test('a good one', async () => expect(await checked('frontend f\n  bind 127.0.0.1:29999\n')).toMatchObject({ kind: 'valid' }));

  test('mistakes with their lines, all of one run', async () => {
    const result = await checked('frontend f\n  foo\nbackend b\n  server s 1.2.3.4:5 weird\n');
    expect(result).toMatchObject({ kind: 'invalid', alerts: [{ line: 10 }, { line: 12, proxies: ['b'] }] });
  });

  test('a file that is a pipe keeps it waiting: the configuration is at fault', async () => {
    const pipe = join(folder, 'pipe');
    execFileSync('mkfifo', [pipe]);
    await writeFile(config, `${printSection(head(folder))}frontend f\n  acl x path_beg -f ${pipe}\n  bind 127.0.0.1:29999\n`);
    const result = await runCheck({ binary, config, signal: signal(), timeout: 500 });
    expect(result).toMatchObject({ kind: 'invalid', alerts: [{ message: expect.stringContaining('did not end within 0.5 s') }] });
  });

  test('a fault without a line names its proxy', async () => {
    const result = await checked('frontend f\n  bind 127.0.0.1:29999\n  use_backend missing\n');
    expect(result).toMatchObject({ alerts: [{ proxies: ['f'], mentions: ['missing'] }] });
    expect(result.kind === 'invalid' && result.alerts[0]?.line).toBeUndefined();
  });
});

test('messages show the real name', async () => {
  const text = `[ALERT]    (7) : config : parsing [${config}:3] : no such file ${config}`;
  const result = await runCheck({
    binary: await program(`echo '${text}' >&2; exit 1`),
    config,
    shownAs: new Map([[config, '/etc/h.cfg']]),
    signal: signal(),
  });
  expect(result).toMatchObject({ alerts: [{ line: 3, message: 'no such file /etc/h.cfg' }] });
});

test('HAProxy that is not there: what to install', async () => {
  await expect(runCheck({ binary: join(folder, 'none'), config, signal: signal() })).rejects.toMatchObject({
    code: 'haproxy-missing',
    message: expect.stringMatching(/no program .*apt-get install haproxy/),
  });
});

test('another program that fails without an alert is not an invalid configuration', async () => {
  const binary = await program('echo broken library; exit 127');
  await expect(runCheck({ binary, config, signal: signal() })).rejects.toMatchObject({
    code: 'check-failed',
    message: expect.stringMatching(/status 127.*broken library/),
  });
});

test('a crash is about the configuration', async () => {
  const result = await runCheck({ binary: await program('kill -SEGV $$'), config, signal: signal() });
  expect(result).toMatchObject({ kind: 'invalid', alerts: [{ message: expect.stringContaining('SIGSEGV') }] });
});

test('a check that does not end is about the configuration', async () => {
  const binary = await program('exec sleep 60');
  const result = await runCheck({ binary, config, signal: signal(), timeout: 50 });
  expect(result).toMatchObject({
    kind: 'invalid',
    alerts: [{ proxies: [], mentions: [], message: expect.stringContaining('did not end within 0.05 s') }],
  });
});

test('a check that is stopped or killed is not', async () => {
  const binary = await program('exec sleep 60');
  await expect(runCheck({ binary, config, signal: AbortSignal.timeout(50) })).rejects.toMatchObject({ name: 'TimeoutError' });
  const killed = await program('kill -KILL $$');
  await expect(runCheck({ binary: killed, config, signal: signal() })).rejects.toMatchObject({
    code: 'check-failed',
    retryable: true,
  });
});

test.each(['INT', 'HUP', 'USR1'])('a check that somebody ends by SIG%s is not', async (name) => {
  const binary = await program(`kill -${name} $$; exec sleep 60`);
  await expect(runCheck({ binary, config, signal: signal() })).rejects.toMatchObject({ code: 'check-failed' });
});

test('what is sent to the group of this program does not reach the check', async () => {
  const binary = await program(`[ "$(cut -d' ' -f5 /proc/$$/stat)" = $$ ]`);
  expect(await runCheck({ binary, config, signal: signal() })).toMatchObject({ kind: 'valid' });
});

test('no secret gets into what HAProxy says', async () => {
  const binary = await program(`echo "[ALERT] (7) : config : parsing [${config}:3] : <$VAULT_TOKEN> at <$HOST>" >&2; exit 1`);
  const env = { ...process.env, VAULT_TOKEN: 'hidden', HOST: 'agent' };
  expect(await runCheck({ binary, config, signal: signal(), env })).toMatchObject({ alerts: [{ message: '<> at <agent>' }] });
});
