import { describe, expect, test } from 'vitest';
import { readServer, splitAddress } from './server-line.ts';
import { linesOf } from './words.ts';

describe('readServer', () => {
  test('takes weight and disabled out of the keywords', () => {
    expect(readServer('  server s 10.0.0.1:80 cookie disabled weight 5 check disabled # x\n')).toEqual({
      kind: 'server',
      name: 's',
      address: '10.0.0.1:80',
      keywords: ['cookie', 'disabled', 'check'],
      weight: 5,
      disabled: true,
      check: true,
      agent: false,
    });
  });

  test.each([
    ['  server s 10.0.0.1:80 sni "x" disabled\n', 'has quotes, backslashes or variables', '10.0.0.1:80', true],
    ['  server s h:80\n  server t i:80\n', 'is 2 lines, not one', 'h:80', false],
    ['  balance first\n', 'is not a server line', undefined, false],
    ['# none\n', 'is 0 lines, not one', undefined, false],
  ])('%j is opaque', (text, why, address, disabled) => {
    expect(readServer(text)).toEqual({ kind: 'opaque', why, address, disabled });
  });
});

test('splitAddress takes IP addresses apart, not names', () => {
  expect(splitAddress('[::1]:80')).toEqual({ host: '::1', port: '80' });
  expect(splitAddress('10.0.0.1:80')).toEqual({ host: '10.0.0.1', port: '80' });
  expect(splitAddress('h.test:80')).toBeUndefined();
});

test('linesOf takes the lines that begin with a keyword, not those that have it elsewhere', () => {
  const text =
    'backend b\n  server s h:80 # server\n  # server t\n  use-server s\n\tserver "u v" i:80\n  server-template x 1 y\n';
  expect(linesOf(text, 'server').map(([, name]) => name)).toEqual(['s', 'u v']);
});
