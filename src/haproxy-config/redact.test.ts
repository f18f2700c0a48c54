import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { secretLines, shownLines } from '../../test/support/rendering/secret-lines.ts';
import { HARMLESS_HEADERS, LONGEST_LINE, redact } from './redact.ts';

test('secrets are blotted out, and nothing else', () => {
  expect(redact(secretLines)).toBe(shownLines);
});

test('so are those of a diff, and of a refusal that quotes a line', () => {
  expect(redact('-  http-request set-header X-Token old\n+  http-request set-header X-Token new\n   mode http')).toBe(
    '-  http-request set-header X-Token [redacted]\n+  http-request set-header X-Token [redacted]\n   mode http',
  );
  expect(redact("parsing [f:3]: unknown option 'two' in 'user joe password one two'")).toBe(
    "parsing [f:3]: unknown option 'two' in 'user joe password [redacted]",
  );
});

test.each(['token', '://a:', 'hdr token', 'authorization', 'user x password', '"', "'", '\\\\'])(
  'a great many of %j are no trouble',
  (word) => {
    expect(redact(`  http-request set-header ${word.repeat(20_000)}`)).toMatch(
      /^ {2}http-request \[redacted\] \(\d+ characters\)$/,
    );
  },
);

test('the Lua service hides by the same lists', () => {
  const lua = readFileSync('lua/redact.lua', 'utf8');
  const [, list = ''] = /local HARMLESS = \{([^}]*)\}/.exec(lua) ?? [];
  expect(Array.from(list.matchAll(/"([^"]+)"/g), ([, name]) => name)).toEqual(HARMLESS_HEADERS);
  expect(lua).toContain(`local LONGEST_LINE = ${LONGEST_LINE}\n`);
});
