/** How HAProxy speaks to the tasks of a service. */
import { isHostName } from '../network/hosts.ts';
import { parseCertificates } from '../network/bind-options.ts';
import type { Parsed } from '../parsed.ts';

/** Reads BACKEND_PROTOCOL. `grpc` is HTTP/2 without TLS. */
export function parseTaskProtocol(text: string): Parsed<string> {
  const word = text.trim().toLowerCase();
  return PROTOCOLS.has(word) ? { value: word } : { must: `must be one of ${[...PROTOCOLS].join(', ')}` };
}

const PROTOCOLS: ReadonlySet<string> = new Set(['http', 'https', 'h2', 'h2c', 'grpc']);

/** Reads BACKEND_CA: `system`, or the path of one file. */
export function parseAuthority(text: string): Parsed<string> {
  const file = text.trim();
  if (file === 'system') return { value: file };
  // HAProxy's own names begin with `@`.
  if (!/^\/\S*$/.test(file)) return { must: AUTHORITY };
  const parsed = parseCertificates(file);
  return 'must' in parsed ? parsed : { value: file };
}

const AUTHORITY = 'must be system, or the full path of a file';

/** Reads one host name. */
export function parseHostName(text: string): Parsed<string> {
  const name = text.trim().toLowerCase();
  return isHostName(name) ? { value: name } : { must: 'must be a host name such as shop.example.com' };
}

/** Reads PROXY_PROTOCOL. */
export function parseProxyProtocol(text: string): Parsed<string> {
  const version = text.trim().toLowerCase();
  return version === 'v1' || version === 'v2' ? { value: version } : { must: 'must be v1 or v2' };
}
