/** The types of the labels table, one parser each. */
import { parseBindAddresses, parseNetworks } from '../values/addresses.ts';
import { type Auth, parseAuth, printAuth } from '../values/auth.ts';
import { parseBalance } from '../values/balance.ts';
import { parseBindOptions, parseCertificates } from '../values/bind-options.ts';
import { parseDuration } from '../values/duration.ts';
import { parseHosts } from '../values/hosts.ts';
import { parseId, parseWord } from '../values/ids.ts';
import type { LabelLimits } from '../values/limits.ts';
import { type Parsed, type Refused, shown } from '../values/parsed.ts';
import { parseCutPath, parsePaths, parseRootPath, parseTarget } from '../values/paths.ts';

/** Each takes a text that is not empty and has no line ends. */
export const parsers = {
  list: parseText,
  date: parseText,
  boolean: parseBoolean,
  port: parsePort,
  integer: parseInteger,
  mode: parseMode,
  auth: parseAuth,
  hosts: parseHosts,
  paths: parsePaths,
  'cut path': parseCutPath,
  'root path': parseRootPath,
  target: parseTarget,
  addresses: parseBindAddresses,
  networks: parseNetworks,
  algorithm: parseBalance,
  'bind options': parseBindOptions,
  file: parseCertificates,
  duration: parseDuration,
  id: parseId,
  word: parseWord,
} as const satisfies Readonly<Record<string, (text: string, limits: LabelLimits) => Parsed<unknown>>>;

/** What a value may be. */
export type LabelType = keyof typeof parsers;

/** What the labels of a type are read as. */
export type ValueOf<T extends LabelType> = ReturnType<(typeof parsers)[T]> extends Parsed<infer V> ? V : never;

/** Returns the text of a label that is read as this value. */
export function printValue(type: LabelType, value: unknown): string {
  return type === 'auth' ? printAuth(value as Auth) : String(value);
}

function parseText(text: string): Parsed<string> {
  return { value: text };
}

/** Reads `true`, `t`, `yes`, `y` in any case as true and all else as false (as 1.15), with a fault if it is neither `false`, `f`, `no` nor `n`. */
export function parseBoolean(text: string): Exclude<Parsed<boolean>, Refused> {
  const word = text.trim();
  if (/^(?:true|t|yes|y)$/i.test(word)) return { value: true };
  if (/^(?:false|f|no|n|)$/i.test(word)) return { value: false };
  const detail = `is ${shown(text)}, which is neither true nor false: it counts as false`;
  return { value: false, faults: [{ detail, fix: 'write true or false' }] };
}

function parsePort(text: string): Parsed<number> {
  const port = /^\s*\d{1,5}\s*$/.test(text) ? Number(text) : 0;
  return port >= 1 && port <= 65535 ? { value: port } : { must: 'must be a port from 1 to 65535' };
}

function parseInteger(text: string): Parsed<number> {
  return /^\s*[+-]?\d{1,9}\s*$/.test(text) ? { value: Number(text) } : { must: 'must be a whole number' };
}

function parseMode(text: string): Parsed<'http' | 'tcp'> {
  const mode = text.trim().toLowerCase();
  return mode === 'http' || mode === 'tcp' ? { value: mode } : { must: 'must be http or tcp' };
}
