import { describe, expect, it } from 'vitest';
import { parseRate, parseSize } from '../limits-per-client.ts';
import { parseNetworkList, parseNetworkRules } from './network-rules.ts';
import { parseUsers } from './users.ts';

const HASH = '$5$abc$oIV8wJsTBTAXFKMjfX0RdvkhrFjH/EAB5VrpF0cHyq1';

describe('parseNetworkRules', () => {
  it('reads networks, for all or for a path', () => {
    expect(parseNetworkRules('10.0.0.0/8, ::1 ; /admin/ 10.1.0.0/16,10.2.0.7\n/ 1.2.3.4')).toEqual({
      value: {
        text: '10.0.0.0/8 ::1\n/admin 10.1.0.0/16 10.2.0.7\n1.2.3.4',
        rules: [
          { networks: ['10.0.0.0/8', '::1'] },
          { path: '/admin', networks: ['10.1.0.0/16', '10.2.0.7'] },
          { networks: ['1.2.3.4'] },
        ],
      },
    });
  });

  it.each([
    '',
    ';',
    '/admin',
    'admin 10.0.0.0/8',
    '10.0.0.0/33',
    'shop.test',
    '-f /etc/passwd',
    '/a%20 10.0.0.0/8',
    '/a" 10.0.0.0/8',
    '/a\\ 10.0.0.0/8',
    '/a /b 10.0.0.0/8',
    Array.from({ length: 21 }, () => '10.0.0.1').join(';'),
    Array.from({ length: 1001 }, () => '10.0.0.1').join(','),
  ])('refuses %j', (text) => {
    expect(parseNetworkRules(text)).toEqual({ must: expect.stringMatching(/^must have /) as string });
  });

  it('reads a list', () => {
    expect(parseNetworkList('10.0.0.0/8, ::1 1.2.3.4')).toEqual({ value: '10.0.0.0/8 ::1 1.2.3.4' });
    expect(parseNetworkList('10.0.0.0/8; ::1')).toHaveProperty('must');
  });
});

describe('parseUsers', () => {
  it('reads users', () => {
    expect(parseUsers(`ann:${HASH};\n b.o-b@x:${HASH} `)).toEqual({
      value: {
        text: `ann:${HASH}\nb.o-b@x:${HASH}`,
        rules: [
          { user: 'ann', password: HASH },
          { user: 'b.o-b@x', password: HASH },
        ],
      },
    });
  });

  it.each([
    '',
    'ann',
    'ann:',
    `:${HASH}`,
    'ann:secret',
    `a b:${HASH}`,
    `ann:${HASH} x`,
    `ann:${HASH};ann:${HASH}`,
    'ann:$6$rounds=5000000$s$x',
    `"ann":${HASH}`,
    Array.from({ length: 31 }, (_, at) => `u${at}:${HASH}`).join(';'),
    `ann:${HASH};bob:$2b$11$${'x'.repeat(53)}`,
    `ann:$6$rounds=100000$abc$x;bob:$6$rounds=100000$abc$x`,
  ])('refuses %j, without a password in its words', (text) => {
    const parsed = parseUsers(text);
    expect(parsed).toEqual({ must: expect.stringMatching(/^must have /) as string });
    expect(JSON.stringify(parsed)).not.toContain('secret');
    expect(JSON.stringify(parsed)).not.toContain('oIV8');
  });
});

describe('limits', () => {
  it.each([
    ['100/10s', '100/10s'],
    [' 5 / m ', '5/1m'],
    ['007/1h', '7/1h'],
  ])('the rate %j is %s', (text, value) => expect(parseRate(text)).toEqual({ value }));

  it.each(['', '100', '0/10s', '100/10', '100/999ms', '100/2h', '-1/s', '1.5/s', '99999999/s', '1/d'])(
    'no rate is %j',
    (text) => {
      expect(parseRate(text)).toHaveProperty('must');
    },
  );

  it.each([
    ['1', 1],
    ['10k', 10_240],
    ['10 M', 10_485_760],
    ['1gb', 1_073_741_824],
  ])('the size %j is %i bytes', (text, value) => expect(parseSize(text)).toEqual({ value }));

  it.each(['', '0', 'k', '-1', '1.5m', '2048g', '1t', '1 k k'])('no size is %j', (text) => {
    expect(parseSize(text)).toHaveProperty('must');
  });
});
