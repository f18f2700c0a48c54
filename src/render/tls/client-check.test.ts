import { expect, test } from 'vitest';
import { featuresOf } from '../../config/versions/version.ts';
import { clientCheckLines } from './client-check.ts';

const PORT = { httpsPort: 443 };
const NEW = featuresOf({ major: 3, minor: 2, text: '3.2.0' });

test('nobody is let in if no host can be checked', () => {
  for (const verify of ['required', 'optional'] as const)
    expect(clientCheckLines({ verify, hosts: [], others: [], frontends: ['https'], digest: 'a1' }, NEW, PORT)).toBe(
      '  http-request deny deny_status 403 if TRUE\n',
    );
});

test('HAProxy reads few words in a line', () => {
  const hosts = Array.from({ length: 100 }, (_, at) => `h${at}.test`);
  const lines = clientCheckLines(
    { verify: 'required', hosts, others: hosts, frontends: ['https'], digest: 'a1' },
    NEW,
    PORT,
  ).split('\n');
  expect(lines.filter((line) => line.split(' ').length > 60)).toEqual([]);
  for (const host of hosts) expect(lines.filter((line) => line.split(' ').includes(host))).toHaveLength(3);
});

test('resumed sessions are looked at where they may be those of another host', () => {
  const check = { verify: 'required', hosts: ['a.test'], others: [], frontends: ['https'], digest: 'a1' } as const;
  expect(clientCheckLines(check, featuresOf(undefined), PORT)).toContain('ssl_fc_is_resumed');
  expect(clientCheckLines(check, NEW, PORT)).not.toContain('ssl_fc_is_resumed');
});

test('another authority makes another text', () => {
  const check = { verify: 'required', hosts: ['a.test'], others: [], frontends: ['https'], digest: 'a1' } as const;
  expect(clientCheckLines(check, NEW, PORT)).not.toBe(clientCheckLines({ ...check, digest: 'b2' }, NEW, PORT));
});

test('a redirect leads to the port of HTTPS', () => {
  const check = { verify: 'required', hosts: ['a.test'], others: [], frontends: ['https'], digest: 'a1' } as const;
  expect(clientCheckLines(check, NEW, PORT)).toContain(' https://%[req.hdr(host),field(1,:)]%[pathq] ');
  expect(clientCheckLines(check, NEW, { httpsPort: 8443 })).toContain(' https://%[req.hdr(host),field(1,:)]:8443%[pathq] ');
});
