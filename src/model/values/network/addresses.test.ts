import { describe, expect, it } from 'vitest';
import { parseBindAddresses, parseNetworks } from './addresses.ts';

describe('parseBindAddresses', () => {
  it.each([
    '*',
    '10.0.0.42',
    '127.0.0.1',
    '::',
    '[::]',
    '[2001:db8::1]',
    'ipv4@10.0.0.1',
    'ipv6@[::1]',
    'ipv4@*',
    'node-1.example.com',
    '*:80,*',
    '10.0.0.1,10.0.0.2',
    '[::1]:8080,10.0.0.1:65535,*',
  ])('%j is fine', (text) => expect(parseBindAddresses(text)).toEqual({ value: text }));

  it.each([
    'unix@/any/file,*',
    'unix@/nonexistent/x,*',
    '/any/file',
    'abns@x,*',
    'fd@3,*',
    'sockpair@3,*',
    'udp@*',
    'quic4@*',
    'tcp@*',
    'rhttp@x',
    '*:80 name x',
    '*:80\tname x',
    '*:79-81,*',
    '*:80-80,*',
    '"*:80",*',
    '*:8"0",*',
    '*:8\\x30,*',
    '"*:${X-80}",*',
    '"192.0.2.1"',
    '$HOST',
    '10.0.0.1%eth0',
    '*:080,*',
    '*:65536,*',
    '*:80',
    '10.0.0.1:80',
    '10.0.0',
    '0:80,*',
    '0x7f.1',
    '0',
    '1',
    '127.1',
    '*,',
    ',',
    '-i',
    'a b',
    '*#',
    '[::1',
    ':::',
    Array.from({ length: 100 }, () => '*').join(','),
  ])('%j is not', (text) => expect(parseBindAddresses(text)).toHaveProperty('must'));
});

describe('parseNetworks', () => {
  it.each(['10.1.40.0/24 10.1.55.43', '127.0.0.1/8', '10.0.0.0/255.0.0.0', '::1', '2001:db8::/32'])('%j is fine', (text) => {
    expect(parseNetworks(text)).toEqual({ value: text });
  });

  it('keeps one blank between them', () => {
    expect(parseNetworks(' 127.0.0.1/8 \t 10.1.55.43')).toEqual({ value: '127.0.0.1/8 10.1.55.43' });
  });

  it.each([
    '-f /x',
    '10.0.0.0/33',
    '10.0.0.0/8/8',
    '::/129',
    'a.test',
    '10.0.0.0/8 "-f"',
    '0',
    '10.0.0.0/8,10.1.0.0/16',
    '10.0.0.0/8 #',
    ',',
  ])('%j is not', (text) => expect(parseNetworks(text)).toHaveProperty('must'));
});
