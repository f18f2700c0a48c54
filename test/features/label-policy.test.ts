import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { HAPROXIES } from '../support/haproxies.ts';
import { DIRECTIVES, SERVER_WORDS } from '../../src/model/policy/directives.ts';
import { lineFault } from '../../src/model/policy/line-fault.ts';

let folder = '';

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'directives-'));
});

afterAll(() => {
  rmSync(folder, { recursive: true, force: true });
});

/** One backend a row; what needs another mode has it. */
const lines = DIRECTIVES.map(({ words, example, beside }) => ({ line: `${words} ${example}`.trim(), beside }));

const values: Readonly<Record<string, string>> = {
  alpn: 'http/1.1',
  'check-alpn': 'http/1.1',
  'check-proto': 'h1',
  'check-sni': 'shop.test',
  'error-limit': '5',
  observe: 'layer4',
  'on-error': 'mark-down',
  'on-marked-down': 'shutdown-sessions',
  'on-marked-up': 'shutdown-backup-sessions',
  proto: 'h1',
  sni: 'req.hdr(host)',
  'ssl-max-ver': 'TLSv1.3',
  'ssl-min-ver': 'TLSv1.2',
  verify: 'none',
  cookie: 'a',
};
const BESIDE: Readonly<Record<string, string>> = { observe: ' check', ssl: ' verify none', 'check-ssl': ' verify none' };
const TIMES = new Set(['downinter', 'fastinter', 'inter', 'slowstart', 'pool-purge-delay']);

const servers = Object.entries(SERVER_WORDS).map(([word, count]) => {
  const value = values[word] ?? (TIMES.has(word) ? '5s' : '7');
  return `server a {host_ipv4}:{port} ${count === 1 ? `${word} ${value}` : word}${BESIDE[word] ?? ''}`;
});

describe.each(HAPROXIES)('%s', (haproxy) => {
  it('accepts all that is listed, and so does the policy', () => {
    const all = [...lines, ...servers.map((line) => ({ line, beside: undefined }))];
    const backends = all.map(({ line, beside }, at) => {
      const mode = /^(?:tcp-request|timeout tunnel)/.test(line) ? 'tcp' : 'http';
      const own = [`backend b${at}`, `mode ${mode}`, beside, line, 'server own 127.0.0.1:1'];
      return `${own.flatMap((each) => each ?? []).join('\n')}\n`.replace('{host_ipv4}:{port}', '127.0.0.1:2');
    });
    const path = join(folder, 'haproxy.cfg');
    const head =
      'defaults\n  timeout client 1s\n  timeout server 1s\n  timeout connect 1s\nfrontend f\n  bind abns@f\n  mode http\n';
    writeFileSync(path, head + backends.join(''));
    const { status, stderr } = spawnSync(haproxy, ['-c', '-f', path], { encoding: 'utf8' });
    const faults = stderr.split('\n').filter((line) => line.includes('ALERT') || line.includes('WARNING'));
    expect(faults).toEqual([]);
    expect(status).toBe(0);
    const denied = all.filter(({ line, beside }) => lineFault(line) ?? (beside && lineFault(beside)));
    expect(denied).toEqual([]);
  });
});
