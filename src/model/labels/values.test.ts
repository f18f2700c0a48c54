import { describe, expect, it } from 'vitest';
import { parsers } from './values.ts';

const { boolean, port, integer, mode } = parsers;

describe('boolean', () => {
  it.each(['true', 't', 'yes', 'y', 'TRUE', 'Yes', ' y '])('%j is true', (text) => {
    expect(boolean(text)).toEqual({ value: true });
  });

  it.each(['false', 'f', 'no', 'N', ''])('%j is false', (text) => {
    expect(boolean(text)).toEqual({ value: false });
  });

  it.each(['yess', '2', 'on', '1', 'y e s'])('%j counts as false, which is said', (text) => {
    expect(boolean(text)).toMatchObject({ value: false, faults: [{ detail: expect.stringContaining(JSON.stringify(text)) }] });
  });
});

describe('port', () => {
  it.each([
    ['1', 1],
    [' 8080 ', 8080],
    ['65535', 65_535],
    ['00080', 80],
  ])('%j is %i', (text, value) => {
    expect(port(text)).toEqual({ value });
  });

  it.each(['0', '65536', '-1', '80.5', '0x50', 'http', '', '8 0'])('%j is none', (text) => {
    expect(port(text)).toEqual({ must: 'must be a port from 1 to 65535' });
  });
});

describe('integer', () => {
  it.each([
    ['-3', -3],
    ['+7', 7],
    ['0', 0],
  ])('%j is %i', (text, value) => {
    expect(integer(text)).toEqual({ value });
  });

  it.each(['1.5', 'x', '', '1e3', '12345678901'])('%j is none', (text) => {
    expect(integer(text)).toEqual({ must: 'must be a whole number' });
  });
});

it('a mode may be in any case', () => {
  expect(mode(' HTTP')).toEqual({ value: 'http' });
  expect(mode('tcp')).toEqual({ value: 'tcp' });
  expect(mode('https')).toHaveProperty('must');
});
