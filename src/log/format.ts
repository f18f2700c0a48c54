import { basename } from 'node:path';
import { escapeControls } from './escape-controls.ts';

/** The parts of one log line. */
export interface LogRecord {
  /** Milliseconds since the epoch. */
  readonly time: number;
  readonly level: LevelName;
  readonly name: string;
  readonly message: string;
  /** Process id. */
  readonly process: number;
  /** The place of the call; only looked up if the format asks for it. */
  readonly caller?: Caller | undefined;
}

export interface Caller {
  readonly path: string;
  readonly line: number;
  readonly func: string;
}

export type LevelName = 'DEBUG' | 'INFO' | 'WARNING' | 'ERROR' | 'CRITICAL';

export interface LogFormat {
  /** The fault of the format, as a sentence for the operator; `print` then leaves the faulty part as it is. */
  readonly mistake?: string | undefined;
  /** Whether the place of the call is needed: finding it costs a stack trace a line. */
  readonly needsCaller: boolean;
  /** One line (or several, if the message has them) without the final line end. */
  print(record: LogRecord): string;
}

/**
 * Compiles a `--log-format` in the style of Python's logging: `%(token)` with flags, width, precision and a conversion (`s d i r f`), `%%`
 * for a percent sign. Unlike Python's it never throws while logging.
 */
export function compileFormat(format: string): LogFormat {
  const parts: Part[] = [];
  let mistake: string | undefined;
  let needsCaller = false;
  for (const match of format.matchAll(/%%|%\((\w*)\)([-+ 0#]*)(\d*)(?:\.(\d+))?([a-zA-Z]?)|%|[^%]+/g)) {
    const [text, name, flags = '', width = '', precision, conversion] = match;
    if (name === undefined) {
      if (text === '%') mistake ??= "a single '%' must be written '%%'";
      parts.push(() => (text === '%%' ? '%' : text));
      continue;
    }
    const token = tokens.get(name);
    if (token === undefined || !/^[sdirf]$/.test(conversion ?? '')) {
      mistake ??= token === undefined ? unknownToken(name) : `'${text}' needs s, d or f after the parenthesis`;
      parts.push(() => text);
      continue;
    }
    needsCaller ||= token.needsCaller;
    const spec = {
      flags,
      width: Number(width),
      precision: precision === undefined ? undefined : Number(precision),
      conversion: conversion ?? 's',
    };
    parts.push((record) => pad(token.value(record), spec));
  }
  return { mistake, needsCaller, print: (record) => parts.map((part) => part(record)).join('') };
}

/** `2026-11-22 17:52:21,123` in local time, as Python's `asctime`. */
export function asctime(time: number): string {
  const at = new Date(time);
  const day = `${at.getFullYear()}-${two(at.getMonth() + 1)}-${two(at.getDate())}`;
  return `${day} ${two(at.getHours())}:${two(at.getMinutes())}:${two(at.getSeconds())},${String(at.getMilliseconds()).padStart(3, '0')}`;
}

function two(n: number): string {
  return String(n).padStart(2, '0');
}

type Part = (record: LogRecord) => string;

interface Token {
  readonly needsCaller: boolean;
  value(record: LogRecord): string | number;
}

const started = performance.timeOrigin;
const levelNumbers: Record<LevelName, number> = { DEBUG: 10, INFO: 20, WARNING: 30, ERROR: 40, CRITICAL: 50 };
const plain = (value: Token['value']): Token => ({ needsCaller: false, value });
const called = (value: Token['value']): Token => ({ needsCaller: true, value });

/** The attributes of Python's LogRecord. */
const tokens: ReadonlyMap<string, Token> = new Map([
  ['asctime', plain((r) => asctime(r.time))],
  ['name', plain((r) => r.name)],
  ['levelname', plain((r) => r.level)],
  ['levelno', plain((r) => levelNumbers[r.level])],
  ['message', plain((r) => escapeControls(r.message))],
  ['process', plain((r) => r.process)],
  ['processName', plain(() => 'MainProcess')],
  ['thread', plain(() => 0)],
  ['threadName', plain(() => 'MainThread')],
  ['created', plain((r) => r.time / 1000)],
  ['msecs', plain((r) => r.time % 1000)],
  ['relativeCreated', plain((r) => r.time - started)],
  ['pathname', called((r) => r.caller?.path ?? '')],
  ['filename', called((r) => basename(r.caller?.path ?? ''))],
  ['module', called((r) => basename(r.caller?.path ?? '').replace(/\.[^.]*$/, ''))],
  ['lineno', called((r) => r.caller?.line ?? 0)],
  ['funcName', called((r) => r.caller?.func ?? '')],
]);

function unknownToken(name: string): string {
  return `unknown token '%(${name})'; known are ${[...tokens.keys()].join(' ')}`;
}

interface Spec {
  readonly flags: string;
  readonly width: number;
  readonly precision: number | undefined;
  readonly conversion: string;
}

function pad(value: string | number, { flags, width, precision, conversion }: Spec): string {
  const numeric = typeof value === 'number' && conversion !== 's' && conversion !== 'r';
  let text = numeric ? printNumber(value, conversion, precision) : String(value).slice(0, precision ?? undefined);
  if (numeric && value >= 0 && flags.includes('+')) text = `+${text}`;
  if (flags.includes('-')) return text.padEnd(width);
  return text.padStart(width, numeric && flags.includes('0') ? '0' : ' ');
}

function printNumber(value: number, conversion: string, precision: number | undefined): string {
  return conversion === 'f' ? value.toFixed(precision ?? 6) : String(Math.trunc(value)).padStart(precision ?? 0, '0');
}
