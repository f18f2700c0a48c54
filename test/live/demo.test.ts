import { execFile } from 'node:child_process';
import { mkdtemp, readFile, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connect } from 'node:tls';
import { promisify } from 'node:util';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { shellWords } from '../../src/lib/text/shell-words.ts';
import { startProgram, type Program } from '../support/program/program.ts';
import { get, type Answer } from '../support/network/request.ts';

// Each runs in a process group of its own, as in a terminal, and with a folder of its own for temporary files.
let temporary: string;

beforeEach(async () => {
  temporary = await mkdtemp(join(tmpdir(), 'mlb-demo-'));
});
afterEach(() => rm(temporary, { recursive: true, force: true }));

function start(...args: string[]): Program {
  // A certificate is renewed every 20 s.
  return startProgram(args, { env: { TMPDIR: temporary }, isGroup: true, patience: 45_000 });
}

describe('marathon-lb demo', () => {
  test('shows lines to copy that work, tells what happens, and Ctrl-C leaves nothing behind', { timeout: 60_000 }, async () => {
    await using program = start('demo');
    await program.until(/Ctrl-C ends everything/);
    const lines = new Map(Array.from(program.text().matchAll(/^ {2}(\w.*?) {2,}(curl .*)$/gm), ([, what, line]) => [what, line]));

    for (const [what, id] of [
      ['a host name', '/shop/web'],
      ['a path below it', '/shop/api'],
      ['over TLS', '/shop/web'],
      ['a renewed certificate', '/blog-'],
      ['by app id', '/shop/cart'],
      ['by service port', '/shop/web'],
      ['a password', '/intranet/wiki'],
      ['blue and green', '/blog-'],
    ] as const) {
      await program.eventually(async () => {
        const { status, app } = await curl(lines.get(what));
        expect({ what, status, app }).toEqual({ what, status: 200, app: expect.stringContaining(id) });
      });
    }
    await program.until(/Problem.*\/broken/);
    const [, config = ''] = /--haproxy-config (\S+)/.exec(program.text()) ?? [];
    const binds = (await readFile(config, 'utf8')).match(/^ +bind .*$/gm) ?? [];
    expect(binds.length).toBeGreaterThan(8);
    expect(binds.filter((line) => !line.includes(' 127.0.0.1:'))).toEqual([]);

    const mark = program.mark();
    expect(await curl(lines.get('scale'))).toMatchObject({ status: 200 });
    await program.until(/Marathon.*\/shop\/web: task \S+ is TASK_RUNNING/, mark);
    await program.until(/HAProxy +server \+ \S+ to \/shop\/web:\d+.* → without a reload .*ms after.*\/shop\/web/, mark);
    expect(await curl(lines.get('break an app'))).toMatchObject({ status: 200 });
    await program.until(/Problem.*\/shop\/api/, mark);
    expect(await curl(lines.get('fix the broken app'))).toMatchObject({ status: 200 });
    await program.until(/Fixed.*\/broken/, mark);
    expect(await curl(lines.get('metrics of HAProxy'))).toMatchObject({ status: 200 });
    expect(await curl(lines.get('metrics of the program'))).toMatchObject({ status: 200 });
    expect(await curl(lines.get('is it ready?'))).toMatchObject({ status: 200 });

    // A host whose certificate is a new one every while, without a reload.
    const [, authority = '', https = ''] =
      /--cacert (\S+) --resolve blog\.localhost:(\d+):/.exec(lines.get('a renewed certificate') ?? '') ?? [];
    const ca = await readFile(authority, 'utf8');
    const before = await serialOf(Number(https), 'blog.localhost', ca);
    const seen = program.mark();
    await program.until(/certificate blog\.localhost is renewed → without a reload/, seen);
    expect(await serialOf(Number(https), 'blog.localhost', ca)).not.toBe(before);

    for (const [what, says] of [
      ['certificates', /^blog\.localhost +dir:\S+ +marathon-lb demo CA .* yes$/m],
      ['what happened', /server \+ \S+ to \/shop\/web/],
      ['where a URL goes', /→ \/shop\/api/],
      ['why an app is not served', /^\/broken is served/],
    ] as const) {
      const [, line = ''] = new RegExp(`^ {2}${what} +(node .*)$`, 'm').exec(program.text()) ?? [];
      const [node = '', ...words] = shellWords(line) ?? [];
      const { stdout, stderr } = await promisify(execFile)(node, words);
      expect({ out: stdout, err: stderr }).toEqual({ out: expect.stringMatching(says), err: '' });
    }

    program.kill('SIGINT');
    expect(await program.ended).toMatchObject({ status: 0, err: '' });
    expect(isGroupAlive(program.pid)).toBe(false);
    expect(await readdir(temporary)).toEqual([]);
  });

  test('a second one finds other ports', { timeout: 60_000 }, async () => {
    await using first = start('demo');
    await first.until(/Ctrl-C ends everything/);
    await using second = start('demo');
    await second.until(/Ctrl-C ends everything/);
    const [one, two] = [first, second].map((program) => new Set(program.text().match(/(?<=127\.0\.0\.1:)\d+/g)));
    expect([...two!].filter((port) => one!.has(port))).toEqual([]);
    for (const program of [first, second]) {
      const [, line] = await program.until(/^ {2}by service port +(curl .*)$/m);
      await program.eventually(async () => expect(await curl(line)).toMatchObject({ status: 200, app: '/shop/web' }));
      program.kill('SIGTERM');
      expect(await program.ended).toMatchObject({ status: 0, err: '' });
    }
  });
});

test('a terminal that closes ends the demo, and leaves no HAProxy behind', { timeout: 60_000 }, async () => {
  await using program = start('demo');
  const [, line] = await program.until(/^ {2}by service port +(curl .*)$/m);
  for (let times = 2; times > 0; times -= 1) program.kill('SIGHUP');
  expect(await program.ended).toMatchObject({ status: 0, err: '' });
  await expect(curl(line)).rejects.toThrow(/ECONNREFUSED/);
  expect(await readdir(temporary)).toEqual([]);
});

describe('marathon-lb simulate', () => {
  test('serves its API and its tasks until Ctrl-C, and leaves nothing behind', async () => {
    await using program = start('simulate', '--port', '0', '--speed', '50');
    const [, url = ''] = await program.until(/is at (http:\/\/\S+?)\.? /);
    const tasks = await program.eventually(async () => {
      const answer = await fetch(`${url}/v2/tasks`, { headers: { accept: 'application/json' } });
      const { tasks } = (await answer.json()) as { tasks: { appId: string; ports: number[]; state: string }[] };
      expect(tasks.filter(({ appId, state }) => appId === '/shop/web' && state === 'TASK_RUNNING')).toHaveLength(2);
      return tasks;
    });
    const [port = 0] = tasks.find(({ appId }) => appId === '/shop/web')?.ports ?? [];
    expect(port).toBeGreaterThan(0);
    program.kill('SIGINT');
    expect(await program.ended).toMatchObject({ status: 0, err: '' });
    expect(isGroupAlive(program.pid)).toBe(false);
    expect(await readdir(temporary)).toEqual([]);
  });
});

/** Returns the serial number of the certificate of a host. Rejects if the authority did not sign it, or it is for another host. */
function serialOf(port: number, servername: string, ca: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connect({ host: '127.0.0.1', port, servername, ca }, () => {
      const { serialNumber } = socket.getPeerCertificate();
      socket.end();
      resolve(serialNumber);
    });
    socket.once('error', reject);
  });
}

/** Does what a line with curl would do, for the options that are shown. */
async function curl(line = ''): Promise<Answer> {
  const [, ...words] = shellWords(line) ?? [];
  const options = { headers: {} as Record<string, string>, method: 'GET', body: '' };
  let url = new URL('http://nowhere');
  while (words.length > 0) {
    const word = words.shift() ?? '';
    if (word === '-H') {
      const [name = '', value = ''] = (words.shift() ?? '').split(': ');
      options.headers[name.toLowerCase()] = value;
    } else if (word === '-u') options.headers['authorization'] = `Basic ${Buffer.from(words.shift() ?? '').toString('base64')}`;
    else if (word === '-X') options.method = words.shift() ?? '';
    else if (word === '-d') options.body = words.shift() ?? '';
    else if (word === '--resolve' || word === '--cacert') words.shift();
    else if (word.startsWith('http')) url = new URL(word);
  }
  const tls = url.protocol === 'https:' ? { sni: url.hostname } : {};
  return await get(url.pathname + url.search, { port: Number(url.port), ...options, ...tls });
}

function isGroupAlive(pid: number): boolean {
  try {
    return process.kill(-pid, 0);
  } catch {
    return false;
  }
}
