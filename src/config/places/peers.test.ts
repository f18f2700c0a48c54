import { expect, test } from 'vitest';
import { readPeers } from './peers.ts';

const read = (peers: string, name?: string, cert?: string) => readPeers({ peers, 'peer-name': name, 'peers-cert': cert }, 'lb-1');

test('a list names all load balancers, this one by its host name or by --peer-name', () => {
  const all = [
    { name: 'lb-1', address: '10.0.0.1:1024' },
    { name: 'lb-2', address: '[fd00::2]:1024' },
  ];
  expect(read('lb-1=10.0.0.1:1024, lb-2=[fd00::2]:1024,')).toEqual({ local: 'lb-1', all });
  expect(read('lb-1=10.0.0.1:1024,lb-2=[fd00::2]:1024', 'lb-2', '/etc/ssl/lb.pem')).toEqual({
    local: 'lb-2',
    all,
    certificate: '/etc/ssl/lb.pem',
  });
  expect(read('')).toBeUndefined();
});

test.each([
  ['lb-1', "'lb-1' is not written as name=address:port"],
  ['lb-1=10.0.0.1', 'is not written'],
  ['lb-1=10.0.0.1:70000', 'is not written'],
  ['lb-1=10.0.0.256:1024', 'is not written'],
  // HAProxy would not start without the DNS server.
  ['lb-1=lb-1.example.com:1024', 'is not written'],
  ['lb-1=fd00::1:1024', 'is not written'],
  ['lb 1=10.0.0.1:1024', 'is not written'],
  ['lb-1=10.0.0.1:1\n2', 'is not written'],
  ['lb-1=10.0.0.1:1024,lb-1=10.0.0.2:1024', 'has lb-1 twice'],
  ['lb-1=10.0.0.1:1024,lb-2=10.0.0.1:1024', 'has 10.0.0.1:1024 twice'],
  ['lb-2=10.0.0.2:1024', 'has no lb-1, which is the name of this machine'],
])('%j', (list, fault) => {
  expect(() => read(list)).toThrow(fault);
});

test('the other options are about the list', () => {
  expect(() => read('lb-1=10.0.0.1:1024', 'lb-3')).toThrow('has no lb-3, which is the name of --peer-name');
  expect(() => read('', 'lb-1')).toThrow('--peer-name has a meaning only with --peers');
  expect(() => read('', undefined, '/a.pem')).toThrow('--peers-cert has a meaning only with --peers');
  expect(() => read('lb-1=10.0.0.1:1024', undefined, '/a b.pem')).toThrow('is no absolute path');
});
