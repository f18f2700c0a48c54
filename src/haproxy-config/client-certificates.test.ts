import { describe, expect, test } from 'vitest';
import { asksClients, leavesClientsToList } from './client-certificates.ts';

const LIST = '/etc/haproxy/list';

describe('bind lines that ask clients for certificates', () => {
  test.each([
    'bind *:443 ssl crt-list /etc/haproxy/list',
    'bind *:443 ssl crt-list /etc/haproxy/list crt /other.pem',
    'bind *:443 ssl crt-list /etc/haproxy/list verify optional ca-file /corp.pem',
    'bind *:443 ssl crt-list /etc/haproxy/list\n  bind *:444 ssl crt /other.pem',
  ])('%s: the list decides', (text) => expect(leavesClientsToList(`frontend f\n  ${text}\n`, LIST)).toBe(true));

  test.each([
    'bind *:443 ssl crt /one.pem verify optional ca-file /corp.pem',
    'bind *:443 ssl crt-list /etc/haproxy/list\n  bind *:444 ssl crt /other.pem verify required ca-file /corp.pem',
    'bind *:443 ssl crt-list /etc/haproxy/list crt /other.pem verify optional ca-file /corp.pem',
    'bind *:443 ssl crt-list /etc/haproxy/list crt-list /other verify optional ca-file /corp.pem',
    'bind *:443 ssl crt-list /etc/haproxy/list ca-verify-file /corp.pem',
    'bind *:443 ssl crt-list /etc/haproxy/list crt-ignore-err all',
  ])('%s: it does not', (text) => expect(leavesClientsToList(`frontend f\n  ${text}\n`, LIST)).toBe(false));

  test('options of a service', () => {
    expect(asksClients(['verify', 'optional', 'ca-file', '/x.pem'])).toBe(true);
    expect(asksClients(['ssl', 'crt', '/x.pem'])).toBe(false);
  });
});
