import { describe, expect, it } from 'vitest';
import { type LogRecord, asctime, compileFormat } from './format.ts';

const record: LogRecord = {
  time: new Date(2026, 10, 22, 7, 5, 1, 23).getTime(),
  level: 'WARNING',
  name: 'lb',
  message: 'one\ntwo %s',
  process: 42,
  caller: { path: '/x/pass.ts', line: 7, func: 'run' },
};

describe('compileFormat', () => {
  it.each([
    ['%(asctime)-15s %(name)s: %(message)s', '2026-11-22 07:05:01,023 lb: one\ntwo %s'],
    ['[%(name)-5s][%(name)5s]', '[lb   ][   lb]'],
    ['%(levelname).4s %(levelno)d %(levelno)05d', 'WARN 30 00030'],
    ['%(process)d %(process)s %(threadName)s', '42 42 MainThread'],
    ['%(filename)s:%(lineno)d %(funcName)s %(module)s', 'pass.ts:7 run pass'],
    ['%(msecs)03d 100%%', '023 100%'],
    ['', ''],
  ])('%s', (format, expected) => {
    const compiled = compileFormat(format);
    expect(compiled.mistake).toBeUndefined();
    expect(compiled.print(record)).toBe(expected);
  });

  it.each([
    ['%(nam)s', /unknown token '%\(nam\)'; known are asctime name/],
    ['%(name)', /'%\(name\)' needs s, d or f/],
    ['%(name)x', /needs s, d or f/],
    ['50%', /must be written '%%'/],
    ['%s', /must be written '%%'/],
  ])('names the mistake in %s', (format, mistake) => {
    expect(compileFormat(format).mistake).toMatch(mistake);
  });

  it('lets nothing steer a terminal', () => {
    const message = 'a label: \x1b[2Jé\x9b1m\r\n\tnext';
    expect(compileFormat('%(message)s').print({ ...record, message })).toBe('a label: \\x1b[2Jé\\x9b1m\\x0d\n\tnext');
  });

  it('looks for the caller only where it is shown', () => {
    expect(compileFormat('%(message)s %(process)d').needsCaller).toBe(false);
    expect(compileFormat('%(lineno)d').needsCaller).toBe(true);
  });
});

describe('asctime', () => {
  it('is that of Python, in local time', () => {
    expect(asctime(new Date(2026, 0, 2, 13, 4, 5, 6).getTime())).toBe('2026-01-02 13:04:05,006');
  });
});
