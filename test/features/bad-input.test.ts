import { existsSync } from 'node:fs';
import { mkdtemp, mkdir, readFile, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { json, makeCa, serve, type Handler } from '../support/marathon/marathon-http.ts';
import { runProgram, startProgram, type Ended } from '../support/program/program.ts';
import { refuseTraces } from '../support/haproxy/traces.ts';

// The program as an operator meets it: what it says and how it ends. More about options is in src/config/load-settings.test.ts.
let own: string;
/** Where the program works; what it keeps and its sockets are beside. */
let folder: string;

beforeEach(async () => {
  own = await mkdtemp(join(tmpdir(), 'mlb-bad-'));
  folder = join(own, 'work');
  await mkdir(folder);
});
afterEach(async () => {
  await rm(own, { recursive: true });
  for (const config of ['haproxy.cfg', 'none/haproxy.cfg', 'later/haproxy.cfg']) refuseTraces(join(folder, config));
});

function quiet(): string[] {
  const folders = ['--state-dir', join(own, 'state'), '--runtime-dir', join(own, 'run')];
  return ['--group', 'external', '--syslog-socket', '/dev/null', ...folders];
}

function run(args: readonly string[], env: Record<string, string> = {}): Promise<Ended> {
  return runProgram([...quiet(), ...args], { cwd: folder, env });
}

describe('usage: status 2, before anything is done', () => {
  it.each<[string, string[], RegExp]>([
    ['a URL without a scheme', ['-m', 'master:8080'], /option --marathon: 'master:8080' does not begin with http/],
    [
      'an unreadable credential file',
      ['--marathon-auth-credential-file', 'none'],
      /--marathon-auth-credential-file: none cannot be read/,
    ],
    ['a templates folder that is not there', ['--templates', 'none'], /--templates: the folder \S+none cannot be read/],
    ['half a range of ports', ['--min-serv-port-ip-per-task', '0'], /give two ports, or 0 for both/],
    ['two modes', ['--sse', '--listening', 'http://127.0.0.1:1'], /exclude each other/],
  ])('%s', async (_, args, message) => {
    const { status, out, err } = await run(args);
    expect({ status, out }).toEqual({ status: 2, out: '' });
    expect(err).toMatch(message);
    expect(err.split('\n')).toHaveLength(3); // the message, where the options are shown, and the line end
  });

  it.each<[string, string, string, RegExp]>([
    [
      'an unknown placeholder',
      'HAPROXY_BACKEND_HEAD',
      'backend {bakend}\n',
      /HAPROXY_BACKEND_HEAD: unknown placeholder \{bakend\}.*\{backend\}/,
    ],
    ['a brace alone', 'HAPROXY_BACKEND_HEAD', 'backend {backend\n', /HAPROXY_BACKEND_HEAD: .*\{\{/],
    ['daemon in the head', 'HAPROXY_HEAD', 'global\n  daemon\n  stats socket /s expose-fd listeners\n', /HAPROXY_HEAD.*"daemon"/],
    [
      'a head that loses connections',
      'HAPROXY_HEAD',
      'global\n  stats socket /s level admin\n',
      /HAPROXY_HEAD.*"expose-fd listeners"/,
    ],
  ])('%s, in a file or the environment', async (_, name, text, message) => {
    const fromEnvironment = await run(['--dry'], { [name]: text.replaceAll('\n', '\\n') });
    await mkdir(join(folder, 'templates'));
    await writeFile(join(folder, 'templates', name), text);
    const fromFile = await run(['--dry']);
    for (const { status, out, err } of [fromEnvironment, fromFile]) {
      expect({ status, out }).toEqual({ status: 2, out: '' });
      expect(err).toMatch(message);
    }
  });
});

describe('an answer of Marathon that is none: status 1, nothing is written', () => {
  const html = '<html><body>Nothing for machines</body></html>';

  it.each<[string, Handler, RegExp]>([
    ['broken JSON', text(200, 'application/json', '{"apps":[{"id":"/a",'), /JSON/],
    ['HTML', text(200, 'text/html', html), /HTML|no JSON/i],
    ['JSON that is no list of apps', json({ message: 'hello' }), /apps/],
    ['401', text(401, 'text/html', html), /401.*--(auth-credentials|marathon-auth-credential-file)/],
    ['403', json({ message: 'Not Authorized to perform this action!' }, 403), /403/],
    ['404', text(404, 'text/html', html), /404.*base path/],
    ['503', text(503, 'text/html', html), /503/],
  ])('%s', async (_, handle, message) => {
    await using marathon = await serve(handle);
    for (const mode of [['--haproxy-config', 'haproxy.cfg'], ['--dry']]) {
      const { status, out, err } = await run(['-m', marathon.url, ...mode]);
      expect({ status, out }).toEqual({ status: 1, out: '' });
      expect(err).toContain(marathon.url);
      expect(err).toMatch(message);
      expect(err).not.toMatch(/^ +at /m);
    }
    expect(await readdir(folder)).toEqual([]);
  });

  it('nobody there, and a certificate that nobody trusts', async () => {
    using ca = await makeCa();
    await using marathon = await serve(json({ apps: [] }), ca);
    const { status, err } = await run(['--dry', '-m', 'http://127.0.0.1:1', marathon.url]);
    expect(status).toBe(1);
    expect(err).toMatch(/http:\/\/127\.0\.0\.1:1\S* .*ECONNREFUSED/);
    expect(err).toMatch(/--marathon-ca-cert.*--marathon-insecure/);
  });

  it('a syslog socket that was asked for and is not there is told once', async () => {
    await using marathon = await serve(json({ apps: [] }));
    const args = [
      '-m',
      marathon.url,
      '--haproxy-config',
      'haproxy.cfg',
      '--dont-bind-http-https',
      '--syslog-socket',
      '/none/log',
    ];
    const { status, err } = await run(args);
    expect({ status, told: err.match(/no log goes to \/none\/log/g) }).toEqual({ status: 0, told: [expect.any(String)] });
  });

  it('is waited for, which the log says', async () => {
    await using marathon = await serve(() => {});
    await using program = startProgram(
      [...quiet(), '-m', marathon.url, '--sse', '--haproxy-config', 'haproxy.cfg', '--dont-bind-http-https'],
      {
        cwd: folder,
      },
    );
    await program.until(/waiting for Marathon/);
    expect(program.text()).toMatch(
      /waiting for Marathon at http:\S+: GET \/v2\/\w+ has no full answer after 5 s; it is given up after 46 s/,
    );
  });

  it.each([
    ['a folder', ['--haproxy-config', 'none/haproxy.cfg'], /none does not exist: create it/],
    ['quotes of --command', ['--haproxy-config', 'haproxy.cfg', '--command', "sh -c 'x"], /--command cannot be split into words/],
    [
      'a CA file',
      ['--haproxy-config', 'haproxy.cfg', '--marathon-ca-cert', 'none'],
      /the CA file none cannot be used \(ENOENT\)/,
    ],
  ])('is not asked before %s is right', async (_, args, message) => {
    await using marathon = await serve(json({ apps: [] }));
    const { status, err } = await run(['-m', marathon.url, ...args]);
    expect({ status, asked: marathon.requests.length }).toEqual({ status: 1, asked: 0 });
    expect(err).toMatch(message);
  });

  it('with no app of the group, said once', async () => {
    const apps = ['external', 'external', 'internal'].map((group, at) => ({
      id: `/a${at}`,
      labels: { HAPROXY_GROUP: group },
      tasks: [],
    }));
    await using marathon = await serve(json({ apps }));
    for (const mode of [['--dry'], ['--haproxy-config', 'haproxy.cfg', '--dont-bind-http-https']]) {
      const { err } = await runProgram(['-m', marathon.url, '--group', 'typo', ...quiet().slice(2), ...mode], { cwd: folder });
      expect(err.match(/no app has HAPROXY_GROUP typo; there are external \(2\), internal \(1\)/g)).toHaveLength(1);
    }
  });

  it.each([
    ['cannot be read', 'none', /the CA file none cannot be used \(ENOENT\)/],
    ['has no certificate', '/dev/null', /the CA file \/dev\/null cannot be used \(there is no certificate in it\)/],
  ])('a CA file that %s', async (_, path, message) => {
    const { status, out, err } = await run(['--dry', '-m', 'https://127.0.0.1:1', '--marathon-ca-cert', path]);
    expect({ status, out }).toEqual({ status: 1, out: '' });
    expect(err).toMatch(message);
    expect(err).not.toMatch(/^ +at /m);
  });
});

describe('a machine without a certificate', () => {
  const isElsewhere = existsSync('/etc/ssl/cert.pem') && process.env['CI'] === undefined;

  it.skipIf(isElsewhere)('serves HTTPS with a self-signed one, and says so; one that was named must be there', async () => {
    await using marathon = await serve(json({ apps: [] }));
    const first = await run(['-m', marathon.url, '--haproxy-config', 'haproxy.cfg']);
    const made = join(own, 'state', 'ssl', 'cert.pem');
    expect(first).toMatchObject({ status: 0, err: expect.stringContaining(`self-signed ${made}, which clients do not trust`) });
    expect(await readFile(join(folder, 'haproxy.cfg'), 'utf8')).toContain(`ssl crt ${made}`);
    const second = await run(['-m', marathon.url, '--haproxy-config', 'haproxy.cfg', '--ssl-certs', '/etc/ssl/cert.pem']);
    expect(second).toMatchObject({ status: 1, err: expect.stringContaining('/etc/ssl/cert.pem') });
  });
});

describe('what cannot be written or checked: status 1, and how to fix it', () => {
  it.each<[string, (folder: string) => string[], RegExp]>([
    ['a folder that is not there', (at) => ['--haproxy-config', join(at, 'none/haproxy.cfg')], /none does not exist: create it/],
    ['a folder that is a file', (at) => ['--haproxy-config', join(at, 'file/haproxy.cfg')], /file is not a folder/],
    // Also for root.
    ['a folder that is read-only', () => ['--haproxy-config', '/sys/haproxy.cfg'], /\/sys is (not writable|on a read-only)/],
    ['a certificate is missing', () => ['--haproxy-config', 'haproxy.cfg', '--ssl-certs', '/none/cert.pem'], /\/none\/cert\.pem/],
  ])('%s', async (_, args, message) => {
    await writeFile(join(folder, 'file'), '');
    await using marathon = await serve(json({ apps: [] }));
    const { status, out, err } = await run(['-m', marathon.url, ...args(folder)]);
    expect({ status, out }).toEqual({ status: 1, out: '' });
    expect(err).toMatch(message);
    expect(await readdir(folder)).not.toContain('haproxy.cfg');
  });

  it('the same while following the events: it goes on, and makes it good', async () => {
    await using marathon = await serve((request, response) => {
      if (request.url?.startsWith('/v2/events')) response.writeHead(200, { 'content-type': 'text/event-stream' }).write('\r\n');
      else json({ apps: [] })(request, response);
    });
    const config = join(folder, 'later/haproxy.cfg');
    const args = ['-m', marathon.url, '--sse', '--haproxy-config', config, '--command', 'true', '--max-backoff', '0.1'];
    await using program = startProgram([...quiet(), ...args, '--dont-bind-http-https'], { cwd: folder });
    await program.until(/later does not exist/);
    await mkdir(join(folder, 'later'));
    await program.eventually(async () => expect(await readdir(join(folder, 'later'))).toContain('haproxy.cfg'));
    expect((await readdir(own)).toSorted()).toEqual(['run', 'state', 'work']);
  });
});

function text(status: number, type: string, body: string): Handler {
  return (_request, response) => void response.writeHead(status, { 'content-type': type }).end(body);
}
