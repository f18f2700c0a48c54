import { compileFormat } from '../log/format.ts';
import type { LogSettings } from './settings.ts';
import { UsageError } from './usage-error.ts';
import type { ReadValues } from './options/read.ts';
import type { Machine } from './machine.ts';

const levels = ['CRITICAL', 'ERROR', 'WARNING', 'INFO', 'DEBUG', 'NOTSET'] as const satisfies readonly LogSettings['level'][];

/** The logging options. Throws `UsageError`. */
export function readLog({ values, given }: ReadValues, machine: Pick<Machine, 'exists'>): LogSettings {
  const format = values['log-format'];
  const mistake = format === 'json' ? undefined : compileFormat(format).mistake;
  if (mistake !== undefined) throw new UsageError(`option --log-format: ${mistake}`);
  return {
    level: readLevel(values['log-level']),
    format,
    syslogSocket: readSocket(values['syslog-socket'], given.has('syslog-socket'), machine),
  };
}

function readLevel(text: string): LogSettings['level'] {
  const level = levels.find((name) => name === text.trim().toUpperCase());
  if (level === undefined) throw new UsageError(`option --log-level: '${text}' is none of ${levels.join(', ')}`);
  return level;
}

/** The default socket may be missing (containers have none); one that was asked for is kept, its absence is warned of. */
function readSocket(path: string, asked: boolean, { exists }: Pick<Machine, 'exists'>): string | undefined {
  if (path === '' || path === '/dev/null') return undefined;
  return asked || exists(path) ? path : undefined;
}
