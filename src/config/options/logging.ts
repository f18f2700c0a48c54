import type { OptionRow } from './row.ts';

/** Where the log goes. */
export const loggingOptions = [
  {
    name: 'log-level',
    kind: 'text',
    value: 'level',
    default: 'DEBUG',
    help: 'CRITICAL, ERROR, WARNING, INFO, DEBUG or NOTSET, in any case',
    section: 'Logging',
    since: '1.15',
  },
  {
    name: 'log-format',
    kind: 'text',
    value: 'format',
    default: '%(asctime)-15s %(levelname)-8s %(name)s: %(message)s',
    help: 'lines in the style of Python logging; tokens asctime name levelname message process filename lineno funcName threadName; 1.15 had %(asctime)-15s %(name)s: %(message)s; json = one JSON object a line, with time, level, name, pid, msg and what the line is about (app, service, pass, cause)',
    section: 'Logging',
    since: '1.15',
  },
  {
    name: 'syslog-socket',
    kind: 'text',
    value: 'path',
    default: '/dev/log',
    darwin: '/var/run/syslog',
    help: 'log there as well, where it exists; /dev/null = off',
    section: 'Logging',
    since: '1.15',
  },
] as const satisfies readonly OptionRow[];
