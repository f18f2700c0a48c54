/** Values of the labels that have another service decide who may pass. */
import { isHostName } from '../network/hosts.ts';
import { parseHeaderNames } from '../network/origins.ts';
import type { Parsed } from '../parsed.ts';

/** Reads AUTH_URL: an address of HTTP or HTTPS, of characters that mean nothing to HAProxy. */
export function parseAuthUrl(text: string): Parsed<string> {
  const url = text.trim();
  return hostOfUrl(url) !== undefined && PLAIN.test(url) ? { value: url } : { must: URL };
}

/** Reads AUTH_SIGNIN: such an address, or a path of the host that is asked for. */
export function parseSignIn(text: string): Parsed<string> {
  const url = text.trim();
  const isPath = /^\/(?!\/)/.test(url);
  return (isPath || hostOfUrl(url) !== undefined) && PLAIN.test(url) ? { value: url } : { must: PAGE };
}

/** Reads AUTH_HEADERS: names of headers, none of which says how long the request is or whom it is for. */
export function parseAuthHeaders(text: string): Parsed<string> {
  const parsed = parseHeaderNames(text);
  if ('must' in parsed) return { must: 'must be names of headers such as X-User,X-Groups, separated by commas' };
  const fixed = parsed.value.split(',').find((name) => FIXED.has(name.toLowerCase().replaceAll('_', '-')));
  return fixed === undefined ? parsed : { must: `must not have ${fixed}, which belongs to the connection or the body` };
}

/** Returns the host and port of an address, as `--auth-hosts` has them. Returns undefined if it is none. */
export function hostOfUrl(url: string): string | undefined {
  const [, scheme = '', host = '', port = scheme === 'https' ? '443' : '80'] =
    /^(https?):\/\/([^/?:@]+)(?::(\d{1,5}))?(?:[/?]|$)/.exec(url) ?? [];
  return isHostAndPort(host, port) ? `${host}:${port}` : undefined;
}

/** Returns whether these are a host, in small letters, and a port without zeros before it. */
export function isHostAndPort(host: string, port: string): boolean {
  return isHostName(host) && String(Number(port)) === port && Number(port) >= 1 && Number(port) <= 65_535;
}

const PLAIN = /^[\w.~:/?@!*+,;=&%-]{1,2000}$/;

const URL = 'must be an address such as https://auth.example.com/check, with a host in small letters and without a user';

const PAGE = 'must be an address such as https://auth.example.com/start, or a path such as /oauth2/start';

const FIXED: ReadonlySet<string> = new Set([
  'connection',
  'content-encoding',
  'content-length',
  'expect',
  'host',
  'keep-alive',
  'proxy-connection',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
]);
