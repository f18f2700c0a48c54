import { expect, it } from 'vitest';
import { readNetworks } from './networks.ts';

it('reads networks, each once', () => {
  expect(readNetworks('accept-proxy', ' 10.0.0.0/8,2001:db8::/32, 10.0.0.0/8 ,192.0.2.7')).toEqual([
    '10.0.0.0/8',
    '2001:db8::/32',
    '192.0.2.7',
  ]);
  expect(readNetworks('accept-proxy', ' ')).toBeUndefined();
  expect(readNetworks('accept-proxy', undefined)).toBeUndefined();
});

it.each(['*', 'example.com', '10.0.0.0/33', '10.0.0.1:80', '10.0.0.0/8;x', ','])('refuses %j', (text) => {
  expect(() => readNetworks('accept-proxy', text)).toThrow(/^option --accept-proxy: '.*' must be IP addresses or networks/);
});

it('refuses lists without an end', () => {
  const text = Array.from({ length: 1001 }, (_, at) => `10.0.${at >> 8}.${at & 255}`).join(',');
  expect(() => readNetworks('accept-proxy', text)).toThrow(/has 1001 networks, more than 1000/);
});
