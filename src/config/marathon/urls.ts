import { stripUserinfo } from '../../lib/text/strip-userinfo.ts';
import { UsageError } from '../usage-error.ts';

export interface MarathonUrls {
  /** Without trailing slash and credentials; base paths are kept. */
  readonly urls: readonly string[];
  /** `user:password` of the URLs, decoded; undefined: none has any. */
  readonly userinfo?: string | undefined;
}

/** Reads the values of `--marathon`. Credentials in the URLs must all be the same. Throws `UsageError`. */
export function readMarathonUrls(texts: readonly string[]): MarathonUrls {
  const found = texts.map(readUrl);
  const userinfos = new Set(found.flatMap(({ userinfo }) => (userinfo === undefined ? [] : [userinfo])));
  if (userinfos.size > 1) {
    throw new UsageError(
      'option --marathon: the URLs hold different credentials; give one user:password with --auth-credentials',
    );
  }
  return { urls: [...new Set(found.map(({ url }) => url))], userinfo: [...userinfos][0] };
}

/** Reads a URL on which the program listens or that Marathon gets (`--listening`, `--callback-url`). Throws `UsageError`. */
export function readHttpUrl(option: string, text: string): string {
  parse(option, text);
  return text;
}

function readUrl(text: string): { url: string; userinfo?: string } {
  const parsed = parse('--marathon', text);
  if (parsed.search !== '' || parsed.hash !== '') {
    throw new UsageError(
      `option --marathon: '${stripUserinfo(text)}' has a query or fragment; give scheme, host, port and maybe a base path`,
    );
  }
  const url = parsed.origin + parsed.pathname.replace(/\/+$/, '');
  if (parsed.username === '' && parsed.password === '') return { url };
  return { url, userinfo: decode(parsed.username) + ':' + decode(parsed.password) };
}

function parse(option: string, text: string): URL {
  const fail = (why: string): never => {
    throw new UsageError(`option ${option}: '${stripUserinfo(text)}' ${why}; give a URL such as http://marathon.example:8080`);
  };
  if (!/^https?:\/\//i.test(text)) return fail('does not begin with http:// or https://');
  if (/\s/.test(text)) return fail('holds a blank');
  return URL.canParse(text) ? new URL(text) : fail('is no URL');
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    throw new UsageError('option --marathon: the credentials in the URL are not percent-encoded rightly (a % is written %25)');
  }
}
