/** The types of the labels table, one parser each. */
import { parseBindAddresses, parseNetworks } from '../values/network/addresses.ts';
import { parseAccessLog, parseCache, parseCompression, parseMaintenance, parseSetName } from '../values/answers.ts';
import { type Auth, parseAuth, printAuth } from '../values/auth/auth.ts';
import { parseAuthHeaders, parseAuthUrl, parseSignIn } from '../values/auth/forward-auth.ts';
import { parseJwtAlgorithm, parseJwtAudience, parseJwtIssuer, parseJwtKey } from '../values/auth/jwt.ts';
import { parseAppIds, parseServiceName } from '../values/canaries.ts';
import { parseBalance } from '../values/servers/balance.ts';
import { parseBindOptions, parseCertificates } from '../values/network/bind-options.ts';
import { parseCheckHost, parseCheckPath, parseChecks, parseStatuses } from '../values/servers/checks.ts';
import { parseCertificateSource, parseClientCa, withList } from '../values/certificate-source.ts';
import { parseCount, parsePercent, parseRedirectCode, parseTries } from '../values/counts.ts';
import { parseDuration } from '../values/duration.ts';
import { parseHostList, parseHosts } from '../values/network/hosts.ts';
import { parseId, parseWord } from '../values/ids.ts';
import type { LabelLimits } from '../values/limits.ts';
import { type Parsed, type Refused, shown } from '../values/parsed.ts';
import { parseRetryEvents } from '../values/servers/retry-events.ts';
import { parseStickiness, parseStickyCookie } from '../values/servers/stickiness.ts';
import { parseAuthority, parseHostName, parseProxyProtocol, parseTaskProtocol } from '../values/servers/task-protocol.ts';
import { parseHeaderNames, parseMethods, parseOrigins } from '../values/network/origins.ts';
import { parseRate, parseSize } from '../values/limits-per-client.ts';
import { parseHeaderRules } from '../values/rules/header-rules.ts';
import { parseNetworkList, parseNetworkRules } from '../values/rules/network-rules.ts';
import { parseRequestConditions, parseRequestMatches } from '../values/rules/request-matches.ts';
import { parseRewrites } from '../values/rules/rewrites.ts';
import { parseUsers } from '../values/rules/users.ts';
import { parseCutPath, parsePaths, parseRootPath, parseTarget } from '../values/paths.ts';
import { parseCiphers, parseClientVerify, parseTlsVersion } from '../values/tls.ts';
import { parsePathType } from '../values/path-types.ts';

/** Each takes a text that is not empty, and has no line ends if its values are not rules. */
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
  'path type': parsePathType,
  'cut path': parseCutPath,
  'root path': parseRootPath,
  target: parseTarget,
  addresses: parseBindAddresses,
  networks: parseNetworks,
  algorithm: parseBalance,
  'bind options': parseBindOptions,
  file: parseCertificates,
  'certificate source': parseCertificateSource,
  'TLS version': withList(parseTlsVersion),
  ciphers: withList(parseCiphers),
  'client authority': parseClientCa,
  'client check': parseClientVerify,
  duration: parseDuration,
  count: parseCount,
  tries: parseTries,
  'retry events': parseRetryEvents,
  'task protocol': parseTaskProtocol,
  authority: parseAuthority,
  'host name': parseHostName,
  'proxy protocol': parseProxyProtocol,
  stickiness: parseStickiness,
  'sticky cookie': parseStickyCookie,
  'host list': parseHostList,
  'redirect code': parseRedirectCode,
  'header rules': parseHeaderRules,
  origins: parseOrigins,
  methods: parseMethods,
  'header names': parseHeaderNames,
  rewrites: parseRewrites,
  'network rules': parseNetworkRules,
  'network list': parseNetworkList,
  rate: parseRate,
  size: parseSize,
  users: parseUsers,
  'auth address': parseAuthUrl,
  'sign-in page': parseSignIn,
  'auth headers': parseAuthHeaders,
  'token key': parseJwtKey,
  'token algorithm': parseJwtAlgorithm,
  'token issuer': parseJwtIssuer,
  'token audience': parseJwtAudience,
  'check path': parseCheckPath,
  'check host': parseCheckHost,
  statuses: parseStatuses,
  checks: parseChecks,
  maintenance: parseMaintenance,
  compression: parseCompression,
  cache: parseCache,
  'set name': parseSetName,
  'access log': parseAccessLog,
  service: parseServiceName,
  'app ids': parseAppIds,
  percent: parsePercent,
  'request matches': parseRequestMatches,
  'request conditions': parseRequestConditions,
  id: parseId,
  word: parseWord,
} as const satisfies Readonly<Record<string, (text: string, limits: LabelLimits) => Parsed<unknown>>>;

/** Types with values of several lines, such as rules: they keep the text that they are read from. */
const RULES: ReadonlySet<string> = new Set<LabelType>([
  'header rules',
  'rewrites',
  'network rules',
  'users',
  'token key',
  'request matches',
  'request conditions',
]);

/** Returns whether a label of a type may have several lines. */
export function hasLines(type: LabelType): boolean {
  return RULES.has(type);
}

/** What a value may be. */
export type LabelType = keyof typeof parsers;

/** The value type of each type of label. */
export type ValueOf<T extends LabelType> = ReturnType<(typeof parsers)[T]> extends Parsed<infer V> ? V : never;

/** Returns the text of a label that is read as this value. */
export function printValue(type: LabelType, value: unknown): string {
  if (RULES.has(type)) {
    const { text } = value as { readonly text?: unknown };
    return typeof text === 'string' ? text : '';
  }
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
