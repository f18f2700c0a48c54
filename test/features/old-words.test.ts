/** The table of words that HAProxy gave up, on each HAProxy: what is refused, what is taken, and what the modern lines do to requests. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, request, type IncomingHttpHeaders } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { featuresOf, type HaproxyFeatures, parseHaproxyVersion } from '../../src/config/versions/version.ts';
import { oldWords } from '../../src/translate/old-words.ts';
import type { SectionKind } from '../../src/translate/row.ts';
import { translate } from '../../src/translate/translate.ts';
import { HAPROXIES } from '../support/haproxy/haproxies.ts';
import { reservedPort } from '../support/network/port-block.ts';
import { runHaproxy } from '../support/haproxy/run-haproxy.ts';

const folder = mkdtempSync(join(tmpdir(), 'old-words-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe.each([...new Set([...HAPROXIES, '/opt/haproxy-3.4/haproxy'])])('%s', (haproxy) => {
  const version = parseHaproxyVersion(spawnSync(haproxy, ['-v'], { encoding: 'utf8' }).stdout);
  const features = featuresOf(version);

  test.each(oldWords.map((row) => [row.name, row] as const))('%s: refused as it was, taken as it is written now', (_, row) => {
    const { section, old } = row.example;
    expect(accepts(haproxy, configOf(section, [old]))).toBe(row.isRefused?.(features) === false);
    const { text, left } = translate(`  ${old}`, { section, doublesBraces: false }, features);
    expect(accepts(haproxy, configOf(section, [text]))).toBe(left.length === 0);
  });

  test('requests and answers are what the manual of HAProxy 1.x says', async () => {
    expect(version?.text).toMatch(/^\d/);
    await using task = await startTask();
    const port = await reservedPort();
    await using _ = await runHaproxy(haproxy, serversInConfig(port, task.port, features));
    for (const [at, { path, method, headers, ...wanted }] of cases.entries()) {
      const seen = await ask(port, { method: method ?? 'GET', path, headers: { ...headers, 'x-case': String(at) } });
      expect(differences(seen, wanted)).toEqual([]);
    }
  });
});

interface Case {
  readonly old: string;
  readonly path: string;
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** What reaches the task. */
  readonly task?: { readonly method?: string; readonly url?: string; readonly headers?: Readonly<Record<string, string>> };
  readonly answer?: Readonly<Record<string, string>>;
  readonly status?: number;
  /** A header that the answer has no longer. */
  readonly withoutAnswer?: string;
  /** A header that does not reach the task. */
  readonly withoutTask?: string;
}

/** What differs between what came and what the manual of HAProxy 1.x says. */
function differences({ status, headers, body }: Seen, wanted: Omit<Case, 'path' | 'method' | 'headers'>): readonly string[] {
  const task = (status === 200 ? JSON.parse(body) : {}) as Record<string, unknown> & { headers?: IncomingHttpHeaders };
  const { headers: inTask = {}, ...line } = wanted.task ?? {};
  const found = [
    ...(status === (wanted.status ?? 200) ? [] : [`status ${status}`]),
    ...Object.entries(line).flatMap(([name, value]) => (task[name] === value ? [] : `task ${name}: ${String(task[name])}`)),
    ...Object.entries(inTask).flatMap(([name, value]) => (task.headers?.[name] === value ? [] : `task header ${name}`)),
    ...Object.entries(wanted.answer ?? {}).flatMap(([name, value]) => (headers[name] === value ? [] : `answer header ${name}`)),
    ...(wanted.withoutAnswer !== undefined && wanted.withoutAnswer in headers ? ['a header of the answer is still there'] : []),
    ...(wanted.withoutTask !== undefined && wanted.withoutTask in (task.headers ?? {}) ? ['the task still gets a header'] : []),
  ];
  return found.map((each) => `${wanted.old}: ${each}`);
}

const cases: readonly Case[] = [
  {
    old: 'rspadd Access-Control-Allow-Methods:\\ GET,\\ POST',
    path: '/',
    answer: { 'access-control-allow-methods': 'GET, POST' },
  },
  { old: 'rspadd X-Load:\\ 100%', path: '/', answer: { 'x-load': '100%' } },
  { old: 'reqadd X-Zone:\\ a if { path /z }', path: '/z', task: { headers: { 'x-zone': 'a' } } },
  { old: 'reqirep  "^([^ :]*)\\ /app/?(.*)" "\\1\\ /\\2"', path: '/APP/x?y=1', task: { method: 'GET', url: '/x?y=1' } },
  { old: 'reqirep  "^([^ :]*)\\ /app/?(.*)" "\\1\\ /\\2"', path: '/other?y=/app/', task: { url: '/other?y=/app/' } },
  { old: 'reqrep ^([^\\ :]*)\\ /static/(.*) \\1\\ /\\2', path: '/static/a', method: 'PUT', task: { method: 'PUT', url: '/a' } },
  { old: 'reqrep ^([^\\ :]*)\\ /static/(.*) \\1\\ /\\2', path: '/Static/a', task: { url: '/Static/a' } },
  { old: 'reqrep ^([^\\ :]*)\\ (.*) \\1\\ /test\\2', path: '/a?b', task: { url: '/test/a?b' } },
  { old: 'reqrep ^GET\\ /old/(.*) GET\\ /new/\\1', path: '/old/1', task: { url: '/new/1' } },
  { old: 'reqrep ^GET\\ /old/(.*) GET\\ /new/\\1', path: '/old/1', method: 'PUT', task: { url: '/old/1' } },
  { old: 'reqrep ^PUT\\ (.*) POST\\ \\1', path: '/a', method: 'PUT', task: { method: 'POST', url: '/a' } },
  { old: 'reqrep ^([^\\ :]*)\\ /a\\ HTTP/1.1 \\1\\ /b\\ HTTP/1.1', path: '/a', task: { url: '/b' } },
  { old: 'reqrep ^([^\\ :]*)\\ /a\\ HTTP/1.1 \\1\\ /b\\ HTTP/1.1', path: '/a/c', task: { url: '/a/c' } },
  { old: 'reqirep ^Host:\\ (.*) Host:\\ x.\\1', path: '/', headers: { host: 'a.test' }, task: { headers: { host: 'x.a.test' } } },
  { old: 'rsprep ^Location:\\ http://(.*) Location:\\ https://\\1', path: '/', answer: { location: 'https://a.test/x' } },
  { old: 'rspidel ^Server', path: '/', withoutAnswer: 'server' },
  { old: 'reqideny ^[^:\\ ]*\\ /admin', path: '/ADMIN/x', status: 403 },
  { old: 'reqideny ^[^:\\ ]*\\ /admin', path: '/public', task: { url: '/public' } },
  { old: 'reqdeny ^User-Agent:\\ .*bot', path: '/', headers: { 'user-agent': 'a, bot' }, status: 403 },
  { old: 'reqdeny ^User-Agent:\\ .*bot', path: '/', headers: { 'user-agent': 'human' }, task: { url: '/' } },
  { old: 'rspdeny ^Location:', path: '/', status: 502 },
  { old: 'reqallow ^[^\\ :]*\\ /admin/ok\nreqdeny ^[^\\ :]*\\ /admin', path: '/admin/ok', task: { url: '/admin/ok' } },
  { old: 'reqallow ^[^\\ :]*\\ /admin/ok\nreqdeny ^[^\\ :]*\\ /admin', path: '/admin/no', status: 403 },
  {
    old: 'reqidel ^X-Secret:',
    path: '/',
    headers: { 'x-secret': '1', 'x-secrets': '2' },
    task: { headers: { 'x-secrets': '2' } },
    withoutTask: 'x-secret',
  },
  { old: 'reqtarpit ^User-Agent:\\ bot', path: '/', headers: { 'user-agent': 'bot' }, status: 500 },
  {
    old: 'reqrep ^([^\\ ]*\\ /)admin[/]?(.*) \\1\\2',
    path: '/admin/a?b=1',
    method: 'PUT',
    task: { method: 'PUT', url: '/a?b=1' },
  },
  { old: 'reqrep ^([^\\ ]*\\ /)admin[/]?(.*) \\1\\2', path: '/admin', task: { url: '/' } },
  { old: 'reqrep ^([^\\ ]*\\ /)admin[/]?(.*) \\1\\2', path: '/b/admin', task: { url: '/b/admin' } },
  { old: 'reqrep ^([^\\ ]*)\\ /a/([^\\ ]*)\\ (.*) \\1\\ /\\2\\ \\3', path: '/a/x?y', task: { url: '/x?y' } },
  { old: 'reqdeny ^[^\\ :]*\\ /x[^\\ ]+', path: '/x1', status: 403 },
  { old: 'reqdeny ^[^\\ :]*\\ /x[^\\ ]+', path: '/x', task: { url: '/x' } },
  { old: 'reqdeny ^[^\\ :]*\\ /a\\.*', path: '/a.b', status: 403 },
  { old: 'rspdel ^Server', path: '/', withoutAnswer: 'server' },
  {
    old: 'rspirep ^Location:\\ http://([^/]*)/(.*) Location:\\ https://b.test/\\2',
    path: '/',
    answer: { location: 'https://b.test/x' },
  },
  { old: 'http-request allow if { path_beg /private }\nblock if { path_beg /private/x }', path: '/private/x', status: 403 },
  { old: 'block if { path_beg /private }', path: '/private/x', status: 403 },
  {
    old: 'reqadd X-Late:\\ 1\nhttp-request deny if { req.hdr(X-Late) -m found }',
    path: '/',
    task: { headers: { 'x-late': '1' } },
  },
];

function serversInConfig(port: number, task: number, features: HaproxyFeatures): string {
  const backends = cases.map(({ old }, at) => {
    const { text, left } = translate(old, { section: 'backend', doublesBraces: false }, features);
    expect(left).toEqual([]);
    return `backend b_${at}\n${text}\n  server s 127.0.0.1:${task}\n`;
  });
  return `global
  stats socket /golden/haproxy.sock
defaults
  mode http
  timeout connect 2s
  timeout client 5s
  timeout server 5s
  timeout tarpit 100ms
frontend f
  bind 127.0.0.1:${port}
  use_backend b_%[req.hdr(x-case)]
${backends.join('')}`;
}

async function startTask(): Promise<AsyncDisposable & { port: number }> {
  const server = createServer(({ method, url, headers }, response) => {
    response.setHeader('Location', 'http://a.test/x').setHeader('Server', 'task');
    response.end(JSON.stringify({ method, url, headers }));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const stop = (): Promise<void> => new Promise((resolve) => server.close(() => resolve()).closeAllConnections());
  return { port: (server.address() as AddressInfo).port, [Symbol.asyncDispose]: stop };
}

interface Seen {
  readonly status: number | undefined;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

function ask(port: number, options: { method: string; path: string; headers: Record<string, string> }): Promise<Seen> {
  return new Promise((resolve, reject) => {
    const sent = request({ host: '127.0.0.1', port, agent: false, ...options }, (answer) => {
      let body = '';
      answer.setEncoding('utf8').on('data', (text: string) => {
        body += text;
      });
      answer.on('end', () => resolve({ status: answer.statusCode, headers: answer.headers, body }));
    });
    sent.on('error', reject).end();
  });
}

function configOf(section: SectionKind, lines: readonly string[]): string {
  const put = (kind: SectionKind) => (kind === section ? lines.map((line) => `${line}\n`).join('') : '');
  return `global\n  maxconn 100\n${put('global')}defaults\n  mode http\n  timeout connect 1s\n  timeout client 1s\n  timeout server 1s\n${put('defaults')}
frontend f\n  bind 127.0.0.1:8080\n${put('frontend')}  default_backend b\nbackend b\n${put('backend')}  server s 127.0.0.1:8082\n`;
}

function accepts(haproxy: string, config: string): boolean {
  const path = join(folder, 'haproxy.cfg');
  writeFileSync(path, config);
  return spawnSync(haproxy, ['-c', '-f', path]).status === 0;
}
