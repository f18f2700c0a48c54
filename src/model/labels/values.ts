/** What the values of labels may be: one parser for each type of the labels table. */
import type { LabelType } from './table.ts';
import { parseBindAddresses, parseNetworks } from '../values/addresses.ts';
import { parseAuth } from '../values/auth.ts';
import { parseBalance } from '../values/balance.ts';
import { parseBindOptions, parseCertificates } from '../values/bind-options.ts';
import { parseHosts } from '../values/hosts.ts';
import { parseId, parseWord } from '../values/ids.ts';
import type { LabelLimits } from '../values/limits.ts';
import { type Parsed, type Refused, shown } from '../values/parsed.ts';
import { parseCutPath, parsePaths, parseRootPath, parseTarget } from '../values/paths.ts';

/** By type. Each takes a label without line ends that is not empty. */
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
  id: parseId,
  word: parseWord,
} as const satisfies Readonly<Record<LabelType, (text: string, limits: LabelLimits) => Parsed<unknown>>>;

/** What the labels of a type are read as. */
export type ValueOf<T extends LabelType> = ReturnType<(typeof parsers)[T]> extends Parsed<infer V> ? V : never;

function parseText(text: string): Parsed<string> {
  return { value: text };
}

/** `true`, `t`, `yes`, `y` in any case are true; all else is false (1.15), with a fault if it is not plainly that. */
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
