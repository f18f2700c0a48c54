import { expect, it } from 'vitest';
import { readBind } from './bind.ts';

it.each([
  ['bind *:80 name x:10000', ['0.0.0.0 80-80']],
  ['  bind\t*:80\tname x', ['0.0.0.0 80-80']],
  ['bind *:79-81,*:10000', ['0.0.0.0 79-81', '0.0.0.0 10000-10000']],
  ['bind "*:80",*:1', ['0.0.0.0 80-80', '0.0.0.0 1-1']],
  ['bind *:8"0",*:1', ['0.0.0.0 80-80', '0.0.0.0 1-1']],
  [String.raw`bind *:8\x30,*:1`, ['0.0.0.0 80-80', '0.0.0.0 1-1']],
  ['bind "*:${X-80}",*:1', ['0.0.0.0 80-80', '0.0.0.0 1-1']],
  [String.raw`b\x69nd *:80`, ['0.0.0.0 80-80']],
  ['bind *:080', ['0.0.0.0 80-80']],
  ['bind 127.0.0.1:80x', ['127.0.0.1 80-80']],
  [String.raw`bind *:80\ `, ['0.0.0.0 80-80']],
  ['bind :80', ['0.0.0.0 80-80']],
  ['bind ipv6@:80', [':: 80-80']],
  ['bind :::80', [':: 80-80']],
  ['bind [::ffff:127.0.0.1]:80', ['127.0.0.1 80-80']],
  ['bind tcp@127.0.0.1:80,mptcp4@127.0.0.1:80', ['127.0.0.1 80-80', '127.0.0.1 80-80']],
  ['bind localhost:80', ['localhost 80-80']],
  ['bind 0:80', ['0 80-80']],
  ['bind unix@/run/x:80,/run/y:80,abns@x:80,fd@5', ['unix@/run/x:80', '/run/y:80', 'abns@x:80', 'fd@5']],
])('reads %s', (line, expected) => {
  expect(
    readBind(line)?.addresses.map((each) => (each.kind === 'inet' ? `${each.host} ${each.first}-${each.last}` : each.shown)),
  ).toEqual(expected);
});

it.each(['# bind *:80', 'acl bind path /', '', 'bind', "'bind' #"])('takes %j for no bind line', (line) => {
  expect(readBind(line)).toBeUndefined();
});

it('has the words after the addresses', () => {
  expect(readBind('bind *:80 interface "eth 1" ssl # x')?.params).toEqual(['interface', 'eth 1', 'ssl']);
});
