import { spawnSync } from 'node:child_process';
import { cpSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { freePort, HAPROXIES } from '../support/haproxies.ts';
import { get } from '../support/request.ts';
import { runHaproxy } from '../support/run-haproxy.ts';

/** Lines of a configuration; the part in ⟨ ⟩ is a secret. */
const lines = String.raw`userlist u
  user joe password ⟨$5$salt$hidden⟩
  user ann insecure-password ⟨hidden⟩
  user tom insecure-password ⟨hidden⟩
defaults
  mode http
  timeout connect 1s
  timeout client 1s
  timeout server 1s
backend b
  http-request set-header Authorization ⟨Basic\ hidden if { hdr(authorization) -m found }⟩
  http-request set-header "authorization" ⟨"Basic hidden"⟩
  http-request set-header X-Vault-Token ⟨hidden⟩
  http-request deny unless { hdr(Authorization) ⟨-m str Bearer\ hidden }⟩
  http-request redirect location https://⟨me:hidden⟩@files.test/x if FALSE
  http-request set-header X-Kept user:password
  http-request del-header Authorization
  stats auth ann:⟨hidden⟩
backend c
  option httpchk
  http-check send meth GET uri /health hdr Authorization ⟨"Basic hidden" hdr Host b.test⟩
backend d
  option httpchk
  http-check send meth GET uri /health hdr "X-Api-Key" ⟨hidden⟩
  http-request deny unless { http_auth_bearer,jwt_verify("HS256",⟨"hidden"⟩) -m int 1 }
  # option httpchk GET /health HTTP/1.1\r\nHost:\ d.test\r\nAuthorization:\ ⟨Basic\ hidden⟩
backend e
  mode tcp
  option tcp-check
  tcp-check send AUTH⟨\ hidden\r\n⟩
  tcp-check send "auth⟨ hidden\r\n"⟩
`;

const shown = lines.replaceAll(/⟨.*?⟩/g, '[redacted]');

/** The same with its secrets. */
const secret = lines.replaceAll(/[⟨⟩]/g, '');

function config(port: number): string {
  const services = ['getpids', 'getconfig', 'getconfig_plain', 'getvhostmap', 'getappmap'];
  return `global
  stats socket /golden/haproxy.sock level admin
  .if version_atleast(3.1)
  tune.lua.bool-sample-conversion normal
  .endif
  lua-load /golden/lua/getpids.lua
  lua-load /golden/lua/getconfig.lua
  lua-load /golden/lua/getmaps.lua
${secret}listen stats
  bind 127.0.0.1:${port}
${services.map((name) => `  http-request use-service lua.${name} if { path /${name} }\n`).join('')}`;
}

describe.each(HAPROXIES)('the Lua services in %s', (binary) => {
  let port: number;
  let running: AsyncDisposable;
  beforeAll(async () => {
    port = await freePort();
    running = await runHaproxy(binary, config(port));
  });
  afterAll(() => running?.[Symbol.asyncDispose]());

  test('getconfig hides secrets and nothing else', async () => {
    const { text, headers } = await get('/getconfig', { port });
    expect(headers['content-type']).toBe('text/plain');
    expect(text).toContain(`\n${shown}listen stats\n`);
    expect(text).not.toContain('hidden');
    expect((await get('/getconfig_plain', { port })).text).toContain(`\n${secret}listen stats\n`);
  });

  test('without a master getpids tells the process itself', async () => {
    expect((await get('/getpids', { port })).text).toMatch(/^\d+$/);
  });

  test('without maps there is nothing in them', async () => {
    for (const path of ['/getvhostmap', '/getappmap']) expect(await get(path, { port })).toMatchObject({ status: 200, text: '' });
  });

  test('a check has no word of warning', () => {
    const folder = mkdtempSync(join(tmpdir(), 'lua-'));
    try {
      cpSync('lua', join(folder, 'lua'), { recursive: true });
      const path = join(folder, 'haproxy.cfg');
      writeFileSync(path, config(port).replaceAll('/golden/', `${folder}/`));
      const { stderr, status } = spawnSync(binary, ['-c', '-f', path], { encoding: 'utf8' });
      expect([status, stderr.replace(/^Configuration file is valid\n/m, '')]).toEqual([0, '']);
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  });
});
