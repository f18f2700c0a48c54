import { expect, it } from 'vitest';
import { cacheSize, parseCache, parseCompression, parseMaintenance, parseSetName } from './answers.ts';

it.each([
  [parseMaintenance, ' Yes ', 'true'],
  [parseMaintenance, 'false', false],
  [parseMaintenance, ' Läuft "gleich" 50 % # ', 'Läuft "gleich" 50 % #'],
  [parseMaintenance, '\\x41 %[src] ${HOME}', '\\x41 %[src] ${HOME}'],
  [parseCompression, 'true', 'true'],
  [parseCompression, 'n', false],
  [parseCompression, 'Text/HTML, image/svg+xml', 'text/html,image/svg+xml'],
  [parseSetName, ' team-a.v2 ', 'team-a.v2'],
  [parseCache, ' 60s ', '60s 4m'],
  [parseCache, '5m  1g', '5m 1024m'],
  [parseCache, '60s 8M', '60s 8m'],
] as const)('%o reads %j as %j', (parse, text, value) => {
  expect(parse(text)).toEqual({ value });
});

it.each([
  [parseMaintenance, 'a\tb'],
  [parseMaintenance, 'a\u2028b'],
  [parseMaintenance, 'x'.repeat(1001)],
  [parseCompression, 'html'],
  [parseCompression, 'text/*'],
  [parseCompression, 'text/html;q=1'],
  [parseCompression, ','],
  [parseSetName, '../shop'],
  [parseSetName, 'a/b'],
  [parseSetName, 'a..b'],
  [parseSetName, '.shop'],
  [parseCache, '500ms'],
  [parseCache, '60'],
  [parseCache, '8m 60s'],
  [parseCache, '60s 512k'],
  [parseCache, '60s 2g'],
  [parseCache, '60s 8m 1'],
] as const)('%o refuses %j', (parse, text) => {
  expect(parse(text)).toHaveProperty('must');
});

it('a cache has a time in seconds and a size in megabytes', () => {
  expect(cacheSize('5m 8m')).toEqual({ seconds: 300, megabytes: 8 });
});
