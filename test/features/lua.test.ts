import { spawnSync } from 'node:child_process';
import { cpSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { HAPROXIES } from '../support/haproxy/haproxies.ts';
import { reservedPort } from '../support/network/port-block.ts';
import { get } from '../support/network/request.ts';
import { runHaproxy } from '../support/haproxy/run-haproxy.ts';
import { shownLines, secretLines } from '../support/rendering/secret-lines.ts';

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
${secretLines}listen stats
  bind 127.0.0.1:${port}
${services.map((name) => `  http-request use-service lua.${name} if { path /${name} }\n`).join('')}`;
}

describe.each(HAPROXIES)('the Lua services in %s', (binary) => {
  let port: number;
  let running: AsyncDisposable;
  beforeAll(async () => {
    port = await reservedPort();
    running = await runHaproxy(binary, config(port));
  });
  afterAll(() => running?.[Symbol.asyncDispose]());

  test('getconfig hides secrets and nothing else', async () => {
    const { text, headers } = await get('/getconfig', { port });
    expect(headers['content-type']).toBe('text/plain');
    expect(text).toContain(`\n${shownLines}listen stats\n`);
    expect(text).not.toContain('hidden');
    expect((await get('/getconfig_plain', { port })).text).toContain(`\n${secretLines}listen stats\n`);
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
      // 3.4 takes the time of a password's hash: on a busy machine it is long.
      const warnings = stderr
        .split('\n')
        .filter((said) => /ALERT|WARNING/.test(said) && !said.includes('the hash algorithm used'));
      expect([status, warnings]).toEqual([0, []]);
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  });
});
