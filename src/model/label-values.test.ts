import { describe, expect, it } from 'vitest';
import { parseAuth, parseBoolean, parseInteger, parseMode, parsePort } from './label-values.ts';

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
