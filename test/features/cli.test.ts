import { execFile, spawnSync } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import { manual } from '../../src/config/options/manual.ts';
import { options } from '../../src/config/options/all-options.ts';
import { startProgram } from '../support/program/program.ts';

interface Ended {
  readonly status: number;
  readonly out: string;
  readonly err: string;
}

/** Runs the built program with a clean environment. */
function run(line: string, env: Record<string, string> = {}): Promise<Ended> {
  const argv = ['dist/bin.js', ...line.split(' ').filter(Boolean)];
  return new Promise((resolve) => {
    execFile(process.execPath, argv, { env: { PATH: process.env['PATH'], ...env } }, (error, out, err) => {
      resolve({ status: typeof error?.code === 'number' ? error.code : error ? -1 : 0, out, err });
    });
  });
}

describe('marathon-lb', () => {
  it.each(['--help', '-h'])('%s names every option on stdout', async (flag) => {
    const { status, out, err } = await run(flag);
    expect({ status, err }).toEqual({ status: 0, err: '' });
    for (const { name } of options) expect(out).toContain(`--${name}`);
  });

  it('--help is not wider than a terminal, and has the commands, run first, and examples', async () => {
    const { out } = await run('--help');
    expect(out.split('\n').filter((line) => line.length > 80 && !/^ {2}\S+$|marathon-lb .*--/.test(line))).toEqual([]);
    expect(out).toMatch(/^Commands .*\n {2}run /m);
    expect(out.match(/^ {2}marathon-lb /gm)).toHaveLength(3);
    expect((await run('run --help')).out).toMatch(/^Environment variables:\n {2}PORTS /m);
  });

  it('completion prints what bash and zsh read, and complete answers them', async () => {
    for (const shell of ['bash', 'zsh']) expect((await run(`completion ${shell}`)).out).toContain('marathon-lb complete');
    const script = (await run('completion bash')).out;
    const shell = spawnSync('bash', ['-n'], { input: script, encoding: 'utf8' });
    expect(shell).toMatchObject({ status: 0, stderr: '' });
    expect((await run('complete -- sta')).out).toMatch(/^status\t/);
    expect((await run('complete -- zdd --canary-s')).out).toMatch(/^--canary-steps\t/);
    expect((await run('complete -- run --log-l')).out).toMatch(/^--log-level\t/);
  });

  it('--longhelp prints the manual without asking for a group', async () => {
    expect(await run('--longhelp')).toEqual({ status: 0, out: manual(), err: '' });
  });

  it('says in a sentence that standard output cannot be written', async () => {
    await using program = startProgram(['--longhelp'], { through: ['sh', '-c', 'exec "$@" >/dev/full', 'sh'] });
    const { status, err } = await program.ended;
    expect(status).toBe(1);
    expect(err).toMatch(/^marathon-lb: standard output cannot be written: ENOSPC[^\n]*\n$/);
  });

  it('--version is that of the package', async () => {
    const { version } = JSON.parse(await readFile('package.json', 'utf8')) as { version: string };
    expect(await run('--version')).toEqual({ status: 0, out: `${version}\n`, err: '' });
  });

  it.each([
    ['', /^marathon-lb: option --group is missing/],
    ['--group', /argument missing/],
    ['--group x --ssee', /unknown option '--ssee'\n\(Did you mean --sse\?\)/],
    ['frobnicate', /unknown command 'frobnicate'; commands are .*simulate/],
    ['simulate --bogus', /^marathon-lb simulate: unknown option '--bogus'/],
    ['--group x extra', /too many arguments/],
    ['--group x -m --sse', /--marathon needs a value/],
    ['--group x --http-port 99999', /--http-port: '99999' is not a whole number from 1 to 65535/],
    ['--group x --log-level LOUD --sse', /--log-level: 'LOUD'/],
    ['--group x --auth-credentials hidden', /--auth-credentials: not of the form/],
  ])('%s is a usage error', async (line, message) => {
    const { status, out, err } = await run(line);
    expect({ status, out }).toEqual({ status: 2, out: '' });
    expect(err).toMatch(message);
    expect(err).toMatch(/^marathon-lb( simulate)? --help/m);
    expect(err).not.toContain('hidden');
  });

  it('takes credentials from the environment and says where a mistake is', async () => {
    const { status, err } = await run('--group x', { DCOS_SERVICE_ACCOUNT_CREDENTIAL: '{"uid":"hidden"}' });
    expect(status).toBe(2);
    expect(err).toMatch(/environment variable DCOS_SERVICE_ACCOUNT_CREDENTIAL: private_key, login_endpoint missing/);
    expect(err).not.toContain('hidden');
  });

  it('opens no debugger at SIGUSR1 where that says nothing', async () => {
    await using program = startProgram(['simulate', '--port', '0']);
    const [url = ''] = await program.until(/http:\/\/127\.0\.0\.1:\d+/);
    program.kill('SIGUSR1');
    expect((await fetch(`${url}/ping`)).status).toBe(200);
    program.kill('SIGTERM');
    expect(await program.ended).toMatchObject({ status: 0, err: '' });
  });
});
