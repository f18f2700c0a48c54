import type { LogSettings } from '../config/settings.ts';
import { callerOf } from './caller.ts';
import { type LevelName, compileFormat } from './format.ts';
import type { Logger } from './logger.ts';
import { openSyslog, type Syslog } from './syslog.ts';

/** A logger with its destinations; disposing of it hands over the last lines and ends the syslog helper. */
export interface Log extends Logger, AsyncDisposable {}

/**
 * Creates the program's logger. It writes lines of `--log-format` (`json`: one JSON object a line) to `out`, which is standard error in
 * production because standard output belongs to `--dry`, and to syslog if there is a socket.
 */
export function createLog(settings: LogSettings, out: LogOutput, name = 'marathon_lb', openSocket = openSyslog): Log {
  const format = settings.format === 'json' ? undefined : compileFormat(settings.format);
  let syslog: Syslog | undefined;

  const named = (name: string): Logger => {
    const method = (level: LevelName): Logger['info'] => {
      const number = levelNumbers[level];
      if (number < levelNumbers[settings.level]) return () => {};
      const logged = (message: string, fields?: object): void => {
        const time = Date.now();
        const text =
          format === undefined
            ? jsonLine({ time: new Date(time).toISOString(), level, name, pid: process.pid, msg: message }, fields)
            : format
                .print({
                  time,
                  level,
                  name,
                  message,
                  process: process.pid,
                  caller: format.needsCaller ? callerOf(logged) : undefined,
                })
                .trimEnd();
        out.write(`${text}\n`);
        syslog?.send(level, text);
      };
      return logged;
    };
    return {
      debug: method('DEBUG'),
      info: method('INFO'),
      warn: method('WARNING'),
      error: method('ERROR'),
      critical: method('CRITICAL'),
      child: named,
    };
  };

  const logger = named(name);
  if (settings.syslogSocket !== undefined) syslog = openSocket(settings.syslogSocket, (why) => logger.warn(why));
  return { ...logger, [Symbol.asyncDispose]: async () => syslog?.[Symbol.asyncDispose]() };
}

/** Returns a JSON line. Fields never replace its own values; a line whose fields are no JSON goes without them. */
function jsonLine(own: object, fields?: object): string {
  try {
    return JSON.stringify({ ...own, ...fields, ...own });
  } catch {
    return JSON.stringify(own);
  }
}

/** Where lines go: `process.stderr`, or a list in a test. */
export interface LogOutput {
  write(text: string): unknown;
}

const levelNumbers = { CRITICAL: 60, ERROR: 50, WARNING: 40, INFO: 30, DEBUG: 20, NOTSET: 10 } as const;
