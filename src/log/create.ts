import { createRequire } from 'node:module';
import type * as Pino from 'pino';
import type { LogSettings } from '../config/settings.ts';
import { callerOf } from './caller.ts';
import { type LevelName, type LogFormat, compileFormat } from './format.ts';
import type { Logger } from './logger.ts';
import { openSyslog, type Syslog } from './syslog.ts';

/** A logger with its destinations; disposing of it hands the last lines over and ends the syslog helper. */
export interface Log extends Logger, AsyncDisposable {}

/**
 * Makes the program's logger: lines of `--log-format` (or pino's JSON lines with `json`) to `out`, standard error in production because
 * standard output belongs to `--dry`, and to syslog where there is a socket.
 */
export function createLog(settings: LogSettings, out: LogOutput, name = 'marathon_lb', openSocket = openSyslog): Log {
  const format = settings.format === 'json' ? undefined : compileFormat(settings.format);
  let syslog: Syslog | undefined;
  const write = (line: string): void => {
    const { text, level } = format === undefined ? { text: line, level: levelOf(line) } : printLine(line, format);
    out.write(`${text.trimEnd()}\n`);
    syslog?.send(level, text.trimEnd());
  };
  const level = pinoLevels[settings.level];
  let base: Pino.Logger | undefined;
  const named = (name: string): Pino.Logger =>
    (base ??= loadPino()({ level, base: { pid: process.pid }, messageKey: 'message' }, { write })).child({ name });
  const logger = wrap(named, name, { least: numbers[level], needsCaller: format?.needsCaller ?? false });
  if (settings.syslogSocket !== undefined) syslog = openSocket(settings.syslogSocket, (why) => logger.warn(why));
  return { ...logger, [Symbol.asyncDispose]: async () => syslog?.[Symbol.asyncDispose]() };
}

/** Where lines go: `process.stderr`, or a list in a test. */
export interface LogOutput {
  write(text: string): unknown;
}

const pinoLevels = { CRITICAL: 'fatal', ERROR: 'error', WARNING: 'warn', INFO: 'info', DEBUG: 'debug', NOTSET: 'trace' } as const;
const levelNames: Readonly<Record<number, LevelName>> = { 20: 'DEBUG', 30: 'INFO', 40: 'WARNING', 50: 'ERROR', 60: 'CRITICAL' };

/** pino's own. */
const numbers = { trace: 10, debug: 20, info: 30, warn: 40, error: 50, fatal: 60 } as const;

type Method = 'debug' | 'info' | 'warn' | 'error' | 'fatal';

/** Not before the first line: it takes 20 ms, and a `--dry` mostly has nothing to say. */
function loadPino(): typeof Pino.pino {
  return (createRequire(import.meta.url)('pino') as typeof Pino).pino;
}

function wrap(
  named: (name: string) => Pino.Logger,
  name: string,
  how: { readonly least: number; readonly needsCaller: boolean },
): Logger {
  let own: Pino.Logger | undefined;
  const method = (level: Method): Logger['info'] => {
    const logged = (message: string, fields?: object): void => {
      if (numbers[level] < how.least) return;
      own ??= named(name);
      if (how.needsCaller) own[level]({ ...fields, caller: callerOf(logged) }, '%s', message);
      else own[level](fields ?? {}, '%s', message);
    };
    return logged;
  };
  return {
    debug: method('debug'),
    info: method('info'),
    warn: method('warn'),
    error: method('error'),
    critical: method('fatal'),
    child: (child) => wrap(named, child, how),
  };
}

interface PinoLine {
  readonly level: number;
  readonly time: number;
  readonly pid: number;
  readonly name: string;
  readonly message: string;
  readonly caller?: { path: string; line: number; func: string };
}

function printLine(line: string, format: LogFormat): { text: string; level: LevelName } {
  const { time, pid, name, message, caller, level: number } = JSON.parse(line) as PinoLine;
  const level = levelNames[number] ?? 'INFO';
  return { text: format.print({ time, level, name, message, process: pid, caller }), level };
}

function levelOf(line: string): LevelName {
  return levelNames[(JSON.parse(line) as PinoLine).level] ?? 'INFO';
}
