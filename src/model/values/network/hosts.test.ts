import { describe, expect, it } from 'vitest';
import { cpuTime } from '../../../../test/support/cpu-time.ts';
import { parseHosts } from './hosts.ts';
import { DEFAULT_LIMITS } from '../limits.ts';

function read(
  text: string,
  vhosts = 1000,
): { vhosts: readonly string[]; hostname: string | undefined; notes: number; faults: string } {
  const parsed = parseHosts(text, { ...DEFAULT_LIMITS, vhosts });
  if ('must' in parsed) throw new Error(parsed.must);
  const { value, notes = [], faults = [] } = parsed;
  return { ...value, notes: notes.length, faults: faults.map(({ detail }) => detail).join('; ') };
}

describe('what people write', () => {
  it.each([
    ['Shop.Example.com', 'shop.example.com', 0],
    ['http://shop.example.com/', 'shop.example.com', 1],
    ['HTTPS://shop.example.com:8443/path?x#y', 'shop.example.com', 1],
    ['shop.example.com/', 'shop.example.com', 1],
    ['shop.example.com:8080', 'shop.example.com', 1],
    ['shop.example.com.', 'shop.example.com', 1],
    ['bücher.example', 'xn--bcher-kva.example', 1],
    ['BÜCHER.example', 'xn--bcher-kva.example', 1],
    ['under_score.test', 'under_score.test', 0],
    ['10.0.0.1', '10.0.0.1', 0],
    ['[2001:db8::1]', '[2001:db8::1]', 0],
    ['2001:db8::1', '[2001:db8::1]', 1],
    ['[::1]:8080', '[::1]', 1],
    ['localhost', 'localhost', 0],
  ])('%s is %s', (text, host, notes) => {
    expect(read(text)).toEqual({ vhosts: [host], hostname: host, notes, faults: '' });
  });

  it('takes blanks and empty items for what they are, and shows the label as it is in {hostname}', () => {
    expect(read('A.test, b.test')).toEqual({ vhosts: ['a.test', 'b.test'], hostname: 'a.test, b.test', notes: 0, faults: '' });
    expect(read(',a.test,, b.test c.test,')).toMatchObject({ vhosts: ['a.test', 'b.test', 'c.test'], notes: 0, faults: '' });
    expect(read(' , ')).toEqual({ vhosts: [], hostname: undefined, notes: 0, faults: '' });
  });

  it('shows in {hostname} what is served if that is not the label', () => {
    expect(read('http://a.test/,b.test')).toMatchObject({ vhosts: ['a.test', 'b.test'], hostname: 'a.test,b.test' });
    expect(read('a.test,b*.test')).toMatchObject({ vhosts: ['a.test'], hostname: 'a.test' });
  });

  it('serves a host once that a URL names again', () => {
    expect(read('a.test,http://a.test/')).toMatchObject({ vhosts: ['a.test'] });
  });
});

describe('what is no host', () => {
  it.each([
    'a*.example.com',
    '*',
    '*.10.0.0.1',
    '~x',
    '~^(a+)+$',
    '<public-agent-ip>',
    '<Public agent IP address>',
    '{{host}}',
    '-f /tmp/fifo',
    '-i',
    'shop.tes\\x74',
    'sho"p.test"',
    "'shop.test'",
    'shop\\.test',
    'a..b',
    '.a',
    'a.test#',
    '$HOST',
    '"${HOST}"',
    '%[req.hdr(x)]',
    'http://user:secret@a.test/',
    'ftp://a.test/',
    '1.2.3',
    '999.1.1.1',
    'a\u0000.test',
    'a\u00ad"b',
    'ü"b.test',
    `${'a'.repeat(64)}.test`,
    `${'a.'.repeat(130)}test`,
  ])('%j', (text) => {
    expect(read(text)).toMatchObject({
      vhosts: [],
      hostname: undefined,
      notes: 0,
      faults: expect.stringContaining('not served'),
    });
  });

  it('costs that item and no other', () => {
    const { vhosts, faults } = read('a.test,b*.test,c.test,<d>');
    expect(vhosts).toEqual(['a.test', 'c.test']);
    expect(faults).toBe(
      'has hosts that are not served: "b*.test" (a wildcard other than *.example.com), "<d>" (a placeholder, which nothing has replaced)',
    );
  });

  it('is not listed without end', () => {
    expect(read(Array.from({ length: 5000 }, () => `*${'x'.repeat(300)}`).join(',')).faults.length).toBeLessThan(2000);
  });
});

it('serves as many hosts as a service may have', () => {
  expect(read('a.test,b.test,c.test', 2)).toEqual({
    vhosts: ['a.test', 'b.test'],
    hostname: 'a.test,b.test',
    notes: 0,
    faults: 'has 3 host names, of which the first 2 are served (--max-vhosts)',
  });
});

it('takes time in proportion to the text', () => {
  const texts = [
    'a.'.repeat(100_000),
    '['.repeat(200_000),
    ':'.repeat(200_000),
    'ü'.repeat(200_000),
    '/'.repeat(200_000),
    '<'.repeat(200_000),
  ];
  expect(cpuTime(() => texts.map(read))).toBeLessThan(2000);
});

describe('wildcards and regular expressions', () => {
  it('are hosts of their own', () => {
    expect(read('a.test, *.B.test ~^X[0-9]{2}\\.test$,*.b.test')).toMatchObject({
      vhosts: ['a.test'],
      hostname: 'a.test',
      hostPatterns: ['*.b.test', '~^X[0-9]{2}\\.test$'],
      faults: '',
    });
  });
  it('count among the hosts that a service may have', () => {
    expect(parseHosts('*.a.test,b.test,*.c.test', { vhosts: 2 })).toMatchObject({
      value: { vhosts: ['b.test'], hostPatterns: ['*.a.test'] },
      faults: [{ detail: expect.stringContaining('has 3 host names') }],
    });
  });
});
