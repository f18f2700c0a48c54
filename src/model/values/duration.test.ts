import { expect, it } from 'vitest';
import { parseDuration } from './duration.ts';

it.each(['1ms', '500ms', ' 30s ', '5m', '1h', '24d', '2147483647ms', '2147483s'])('reads %j', (text) => {
  expect(parseDuration(text)).toEqual({ value: text.trim() });
});

it.each([
  '0',
  '0s',
  '30',
  '-1s',
  '1.5s',
  '30 s',
  '30S',
  '1h30m',
  '25d',
  '2147483648ms',
  '2147484s',
  '99999999999s',
  's',
  'never',
])('refuses %j', (text) => {
  expect(parseDuration(text)).toEqual({ must: expect.stringMatching(/^must be a time with a unit/) as string });
});
