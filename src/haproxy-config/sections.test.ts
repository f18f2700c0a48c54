import { describe, expect, it, test } from 'vitest';
import { lastSection, SECTION_KEYWORDS, sectionsOf } from './sections.ts';

test('sections have their kind, name and first line, and are the whole text', () => {
  const text = '# mine\nglobal\n  maxconn 5\n\n frontend "a b" # x\n  bind :80\nbackend b';
  expect(sectionsOf(text).map(({ kind, name, line }) => [kind, name, line])).toEqual([
    ['', '', 1],
    ['global', '', 2],
    ['frontend', 'a b', 5],
    ['backend', 'b', 7],
  ]);
  expect(
    sectionsOf(text)
      .map((section) => section.text)
      .join(''),
  ).toBe(text);
});

describe('lastSection', () => {
  it.each([...SECTION_KEYWORDS].filter((word) => word !== 'defaults'))('ends before a section %s', (keyword) => {
    const text = `global\ndefaults\n  maxconn 7500\n${keyword} x\n  maxconn 10\n`;
    expect(lastSection('defaults', text)).toBe('defaults\n  maxconn 7500\n');
  });

  it('takes the last one of several', () => {
    expect(lastSection('defaults', 'defaults\n  a\nfrontend x\ndefaults\n  b\n')).toBe('defaults\n  b\n');
  });

  it('is empty if there is none', () => {
    expect(lastSection('defaults', 'global\n')).toBe('');
  });
});
