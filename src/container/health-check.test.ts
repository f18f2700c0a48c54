import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { describe, expect, test } from 'vitest';
import { healthFault, healthUrls } from './health-check.ts';

const CHECK = '  monitor-uri /_haproxy_health_check\n';

describe('healthUrls', () => {
  test('the default head', () => {
    const config = readFileSync('test/golden/admin-auth/haproxy.cfg', 'utf8');
    expect(healthUrls(config)).toEqual(['http://127.0.0.1:9090/_haproxy_health_check']);
  });

  test.each<[string, string, readonly string[]]>([
    ['an address of its own', `listen stats\n  bind 10.0.0.1:91\n${CHECK}`, ['http://10.0.0.1:91/_haproxy_health_check']],
    ['IPv6', `listen stats\n${CHECK}  bind :::91 v4v6\n`, ['http://[::1]:91/_haproxy_health_check']],
    [
      'the last of two',
      `listen stats\n  bind *:91\n  monitor-uri /ping\n${CHECK}`,
      ['http://127.0.0.1:91/_haproxy_health_check'],
    ],
    ['none', 'listen stats\n  bind *:91\nfrontend f\n  bind *:92\n  monitor-uri /else\n', []],
    ['another section', `listen stats\n  bind *:91\ndefaults\n${CHECK}`, []],
  ])('%s', (_what, config, expected) => {
    expect(healthUrls(config)).toEqual(expected);
  });
});

test('says in a sentence why the container is not healthy', async () => {
  let status = 200;
  const server = createServer((_, answer) => answer.writeHead(status, { connection: 'close' }).end());
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/_haproxy_health_check`;
  expect(await healthFault([url])).toBeUndefined();
  status = 503;
  expect(await healthFault([url])).toBe(`HAProxy answers 503 at ${url}`);
  await new Promise((closed) => server.close(closed));
  expect(await healthFault([url])).toMatch(`HAProxy does not answer at ${url}: connect ECONNREFUSED`);
  expect(await healthFault([])).toBe('no HAProxy with a health check (monitor-uri) runs here');
});
