import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { healthUrls } from './health-urls.ts';

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
