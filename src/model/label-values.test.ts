import { describe, expect, it } from 'vitest';
import { parseAuth, parseBoolean, parseEachPattern, parseInteger, parseMode, parsePatterns, parsePort } from './label-values.ts';

describe('parseBoolean', () => {
  it.each(['true', 't', 'yes', 'y', 'TRUE', 'Yes', ' y '])('%j is true', (text) => {
    expect(parseBoolean(text)).toEqual({ value: true });
  });

  it.each(['false', '', '1', 'on', 'truely', 'y e s'])('%j is false', (text) => {
    expect(parseBoolean(text)).toEqual({ value: false });
  });
});

describe('parsePort', () => {
  it.each([
    ['1', 1],
    [' 8080 ', 8080],
    ['65535', 65_535],
    ['00080', 80],
  ])('%j is %i', (text, value) => {
    expect(parsePort(text)).toEqual({ value });
  });

  it.each(['0', '65536', '-1', '80.5', '0x50', 'http', '', '8 0'])('%j is none', (text) => {
    expect(parsePort(text)).toEqual({ must: 'must be a port from 1 to 65535' });
  });
});

describe('parseInteger', () => {
  it.each([
    ['-3', -3],
    ['+7', 7],
    ['0', 0],
  ])('%j is %i', (text, value) => {
    expect(parseInteger(text)).toEqual({ value });
  });

  it.each(['1.5', 'x', '', '1e3', '12345678901'])('%j is none', (text) => {
    expect(parseInteger(text)).toEqual({ must: 'must be a whole number' });
  });
});

describe('parseMode', () => {
  it('takes any case', () => {
    expect(parseMode(' HTTP')).toEqual({ value: 'http' });
    expect(parseMode('tcp')).toEqual({ value: 'tcp' });
    expect(parseMode('https')).toHaveProperty('must');
  });
});

describe('parseAuth', () => {
  it('leaves colons to the password', () => {
    expect(parseAuth('Shop:alice:a:b:c')).toEqual({ value: { realm: 'Shop', user: 'alice', password: 'a:b:c' } });
  });

  it.each(['', 'Shop', 'Shop:alice', ':alice:x', 'Shop::x', 'Shop:alice:'])('%j lacks a part', (text) => {
    expect(parseAuth(text)).toHaveProperty('must');
  });

  it('refuses a realm that would end its quotes', () => {
    expect(parseAuth('a" if TRUE #:alice:x')).toHaveProperty('must');
    expect(parseAuth('a\\:alice:x')).toHaveProperty('must');
  });
});

describe('parsePatterns', () => {
  it.each(['/', '-i /a /b', '-m reg ^/x', '-m -f /x', '-n -i /a', '-- -f', '/a -f', '/x-f/y', '"/a b"', '', '"${BASE}/a"'])(
    '%j is fine',
    (text) => expect(parsePatterns(text)).toEqual({ value: text }),
  );

  it.each(['-f /tmp/fifo', '-i -f /x', '-M -f /x', '-u 1 /x', ' -f /x', '"-f" /x', '-\\f /x', "'-'f /x", '-m beg -f /x', '-fx'])(
    '%j makes HAProxy read files',
    (text) => expect(parsePatterns(text)).toHaveProperty('must'),
  );

  it.each(['"${X--f}" /x', '"${X}"-f /x', '"$X"-f /x'])('%j does where there is no such variable', (text) => {
    expect(parsePatterns(text)).toHaveProperty('must');
  });
});

describe('parseEachPattern', () => {
  it.each(['10.0.0.0/8 10.1.0.1', 'a-b.example.com,c.example.com', ''])('%j is fine', (text) => {
    expect(parseEachPattern(text)).toEqual({ value: text });
  });

  it.each(['a.example.com,-f', 'a.example.com -f /x', '10.0.0.0/8 "-f"'])('%j is not', (text) => {
    expect(parseEachPattern(text)).toHaveProperty('must');
  });
});
