import { describe, expect, it } from 'vitest';
import { Secret } from '../lib/secret.ts';
import type { LogSettings } from '../config/settings.ts';
import { createLog } from './create-log.ts';

function collect(settings: Partial<LogSettings> = {}) {
  const lines: string[] = [];
  const out = { write: (text: string): number => lines.push(text) };
  const sent: string[] = [];
  const syslog = (socket: string) => ({
    send: (level: string, text: string): number => sent.push(`${socket} ${level} ${text}`),
    [Symbol.asyncDispose]: async (): Promise<void> => {
      sent.push('disposed');
    },
  });
  const log = createLog({ level: 'DEBUG', format: '%(levelname)s %(name)s: %(message)s', ...settings }, out, 'lb', syslog);
  return { log, lines, sent };
}

describe('createLog', () => {
  it('prints each level, and children under their own name', () => {
    const { log, lines } = collect();
    log.debug('d');
    log.info('100% %s');
    log.warn('w', { app: '/shop' });
    log.error('e');
    log.child('sse').critical('c');
    expect(lines).toEqual(['DEBUG lb: d\n', 'INFO lb: 100% %s\n', 'WARNING lb: w\n', 'ERROR lb: e\n', 'CRITICAL sse: c\n']);
  });

  it.each<[LogSettings['level'], number]>([
    ['NOTSET', 5],
    ['DEBUG', 5],
    ['INFO', 4],
    ['WARNING', 3],
    ['ERROR', 2],
    ['CRITICAL', 1],
  ])('at level %s lets %i of five through', (level, count) => {
    const { log, lines } = collect({ level });
    for (const method of ['debug', 'info', 'warn', 'error', 'critical'] as const) log[method]('x');
    expect(lines).toHaveLength(count);
  });

  it('keeps messages of several lines and drops only their last line end', () => {
    const { log, lines } = collect({ format: '%(message)s' });
    log.info('--- a\n+++ b\n');
    expect(lines).toEqual(['--- a\n+++ b\n']);
  });

  it('shows no secret', () => {
    const { log, lines } = collect({ format: 'json' });
    const secret = new Secret('hidden');
    log.info(`login with ${String(secret)}`, { auth: { user: 'joe', password: secret } });
    expect(lines.join('')).not.toContain('hidden');
    expect(JSON.parse(lines[0]!)).toMatchObject({ level: 'INFO', name: 'lb', auth: { user: 'joe', password: '[redacted]' } });
  });

  it('names the place of the call where the format asks', () => {
    const { log, lines } = collect({ format: '%(filename)s %(funcName)s' });
    (function place(): void {
      log.info('x');
    })();
    log.child('y').warn('x');
    expect(lines[0]).toBe('create-log.test.ts place\n');
    expect(lines[1]).toMatch(/^create-log\.test\.ts /);
  });

  it('as JSON: fields that are none cost only themselves, and none replaces what the line says of itself', () => {
    const { log, lines } = collect({ format: 'json' });
    const circle: Record<string, unknown> = { level: 1 };
    circle['self'] = circle;
    log.info('m', circle);
    log.info('m', { level: 99, msg: 'other', app: '/a' });
    const [one, two] = lines.map((line) => JSON.parse(line) as object);
    expect(one).toMatchObject({ level: 'INFO', msg: 'm' });
    expect(two).toMatchObject({ time: expect.stringMatching(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/), level: 'INFO', msg: 'm', app: '/a' });
  });

  it('sends to syslog what it prints', async () => {
    const { log, sent } = collect({ syslogSocket: '/dev/log' });
    log.warn('w');
    await log[Symbol.asyncDispose]();
    expect(sent).toEqual(['/dev/log WARNING WARNING lb: w', 'disposed']);
  });

  it('says before anything else that a syslog socket is missing', async () => {
    const lines: string[] = [];
    const settings = { level: 'DEBUG', format: '%(message)s', syslogSocket: '/nowhere/log' } as const;
    await using _ = createLog(settings, { write: (text: string) => lines.push(text) });
    expect(lines).toEqual([expect.stringContaining('no log goes to /nowhere/log: there is no such socket')]);
  });
});
