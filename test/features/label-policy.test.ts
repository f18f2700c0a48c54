import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { print } from '../../src/render/document.ts';
import { addFiles, outcomeOf } from '../support/rendering/golden.ts';
import { HAPROXIES, versionOf } from '../support/haproxy/haproxies.ts';
import { DIRECTIVES, SERVER_WORDS } from '../../src/model/policy/directives.ts';
import { lineFault } from '../../src/model/policy/line-fault.ts';

let folder = '';

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'directives-'));
  await addFiles(folder);
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

/** What a team can do to others with `full`, by one label each: docs/guide/many-teams.md has the list. */
const DEEDS: readonly (readonly [label: string, text: string])[] = [
  ['FRONTEND_BACKEND_GLUE', '  http-request return status 200 content-type text/plain file /etc/hostname\n'],
  ['FRONTEND_BACKEND_GLUE', '  use_backend victim_10002 if TRUE\n'],
  ['FRONTEND_HEAD', 'frontend {backend}\n  bind *:{servicePort}\n  mode http\n  maxconn 100000\n'],
  ['HTTP_FRONTEND_ACL', '  http-request deny\n'],
  ['HTTP_FRONTEND_ACL', '  default_backend {backend}\n'],
  ['HTTP_FRONTEND_ACL', '  use_backend {backend} if TRUE\n'],
  ['HTTP_FRONTEND_ACL', '  maxconn 1\n  timeout client 1s\n'],
  ['HTTP_FRONTEND_ACL', '  capture request header Authorization len 100\n  log 127.0.0.1:514 local0\n  option httplog\n'],
  ['BACKEND_HTTP_OPTIONS', '  stats enable\n  stats uri /s\n'],
  ['BACKEND_HTTP_OPTIONS', '  http-request set-header X-A %[str(root:x:0:0),map_beg(/etc/hostname)]\n'],
  ['BACKEND_HTTP_OPTIONS', '  http-request set-header X-A %[env(HOME)]\n'],
  ['BACKEND_HTTP_OPTIONS', '  http-request set-header X-A "${HOME}"\n'],
  ['BACKEND_HTTP_OPTIONS', '  http-request set-var(proc.a) str(b)\n'],
  ['BACKEND_HTTP_OPTIONS', '  http-request deny unless { http_auth(user_victim_10002) }\n'],
  ['BACKEND_HTTP_OPTIONS', '  http-response set-header X-A %[str(a%0d%0aX-B:c),url_dec]\n'],
  ['BACKEND_SERVER_OPTIONS', '  server x 10.0.0.9:80\n'],
  ['BACKEND_HEAD', 'backend {backend}\n  mode {mode}\n  source 127.0.0.9\n'],
  ['BACKEND_STICKY_OPTIONS', '  stick-table type string len 1000 size 100m\n'],
  ['USERLIST_HEAD', 'userlist user_{backend}\n  user eve insecure-password x\n'],
];

describe.each(HAPROXIES)('%s', (haproxy) => {
  it.each(DEEDS)('%s: %j passes with full, and not with safe and strict', (label, text) => {
    const marker = text.trim().split('\n').at(-1)?.trim() as string;
    const outcomes = ['full', 'safe', 'strict'].map((policy) => {
      const { document, problems } = outcomeOf(
        [team('/mine', 10_001, { [`HAPROXY_0_${label}`]: text }), team('/victim', 10_002)],
        { args: ['--group', 'external', '--label-policy', policy] },
        versionOf(haproxy),
      );
      const denied = problems.flatMap(({ code, label: which }) => (code === 'policy-denied' ? (which ?? []) : []));
      const shown = print(document);
      return {
        shown,
        denied,
        hasIt: shown.includes(marker.replaceAll('{backend}', 'mine_10001').replaceAll('{servicePort}', '10001')),
      };
    });
    const config = join(folder, 'full.cfg');
    writeFileSync(config, outcomes[0]?.shown.replaceAll('/golden/', `${folder}/`) ?? '');
    const { status, stderr } = spawnSync(haproxy, ['-c', '-f', config], { encoding: 'utf8', env: { HOME: '/' } });
    expect({ status, alerts: stderr.split('\n').filter((line) => line.includes('ALERT')) }).toEqual({ status: 0, alerts: [] });
    expect(outcomes).toMatchObject([
      { denied: [], hasIt: true },
      { denied: [`HAPROXY_0_${label}`], hasIt: false },
      { denied: [`HAPROXY_0_${label}`], hasIt: false },
    ]);
  });
});

function team(id: string, port: number, labels: Readonly<Record<string, string>> = {}): object {
  const name = id.slice(1);
  const own = { HAPROXY_0_VHOST: `${name}.test`, HAPROXY_0_STICKY: 'true', HAPROXY_0_AUTH: `r:u:$5$salt$${'x'.repeat(43)}` };
  const auth = labels['HAPROXY_0_HTTP_FRONTEND_ACL'] === undefined ? own : { ...own, HAPROXY_0_AUTH: '' };
  return {
    id,
    labels: { HAPROXY_GROUP: 'external', ...(id === '/victim' ? own : auth), ...labels },
    portDefinitions: [{ port, protocol: 'tcp' }],
    tasks: [{ id: `${name}.1`, host: '127.0.0.1', ports: [port + 20_000], state: 'TASK_RUNNING' }],
  };
}
