import { array, assert, constantFrom, property } from 'fast-check';
import { applyPatch } from 'diff';
import { expect, test } from 'vitest';
import { unifiedDiff } from './config-diff.ts';

test('equal texts have no diff', () => expect(unifiedDiff('/e/h.cfg', 'a\n', 'a\n')).toBe(''));

test('line numbers count from the start of the file', () => {
  const lines = Array.from({ length: 1000 }, (_, at) => `line ${at + 1}`);
  const before = `${lines.join('\n')}\n`;
  const diff = unifiedDiff('/e/h.cfg', before, before.replace('line 500\n', 'line five hundred\n'));
  expect(diff.split('\n').slice(0, 3)).toEqual(['--- /e/h.cfg', '+++ /e/h.cfg', '@@ -496,9 +496,9 @@']);
  expect(diff).toContain('\n-line 500\n+line five hundred\n');
});

test('a diff turns the one text into the other', () => {
  const text = array(constantFrom('a', 'b', 'c', ''), { maxLength: 40 }).map((lines) =>
    lines.map((line) => `${line}\n`).join(''),
  );
  assert(
    property(text, text, (before, after) => {
      const diff = unifiedDiff('f', before, after);
      expect(diff === '' ? before : applyPatch(before, `${diff}\n`)).toBe(after);
    }),
  );
});

test('passwords are blotted out, in what stays, goes and comes', () => {
  const diff = unifiedDiff('f', list('before3'), list('after4'));
  expect(diff).not.toMatch(/kept1|kept2|before3|after4/);
  expect(diff).toContain('-  user ann password [redacted]\n+  user ann password [redacted]');
  expect(unifiedDiff('f', '', '  user joe password two words\n  mode http\n')).toMatch(/password \[redacted\]\n\+  mode http$/);
});

test('length is bounded', () => {
  const diff = unifiedDiff('f', '', 'x\n'.repeat(1000), { lines: 10 });
  expect(diff.split('\n')).toHaveLength(11);
  expect(diff).toMatch(/… 993 more lines$/);
});

test('texts that take too long to compare are counted', () => {
  expect(unifiedDiff('f', words(7), words(11), { timeout: 0 })).toContain('(too different to compare: ');
});

function list(password: string): string {
  return `userlist u\n  user joe insecure-password kept1\n  user ann password ${password}\nstats auth admin:kept2\n`;
}

function words(seed: number): string {
  return Array.from({ length: 3000 }, (_, at) => `${(at * seed) % 3001}\n`).join('');
}
