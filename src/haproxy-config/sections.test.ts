import { describe, expect, it } from 'vitest';
import { lastSection, SECTION_KEYWORDS } from './sections.ts';

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
