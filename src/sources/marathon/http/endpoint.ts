/** A configured Marathon: where it is, and the credentials that its URL brought along. */
export interface Endpoint {
  /** Without userinfo and trailing slash, maybe with a base path: `https://host/service/marathon`. Safe to show. */
  readonly url: string;
  /** `Authorization` of the URL's `user:password@`; wins over the configured one. */
  readonly authorization: string | undefined;
}

/** Reads a URL of the settings; throws a `TypeError` that does not repeat the text, which may hold a password. */
export function endpointOf(text: string): Endpoint {
  if (!URL.canParse(text)) throw new TypeError('a Marathon URL cannot be read: use http(s)://host:port[/path]');
  const url = new URL(text);
  if (url.protocol !== 'http:' && url.protocol !== 'https:') {
    throw new TypeError(`a Marathon URL begins with ${url.protocol}: use http: or https:`);
  }
  return { url: `${url.origin}${url.pathname.replace(/\/+$/, '')}`, authorization: userinfoOf(url) };
}

/** A URL as logs and errors may show it: no userinfo, no query. */
export function shown(text: string | URL): string {
  const url = new URL(text);
  return `${url.origin}${url.pathname}`;
}

/** The `Authorization` header of basic auth. */
export function basic(user: string, password: string): string {
  return `Basic ${Buffer.from(`${user}:${password}`, 'utf8').toString('base64')}`;
}

function userinfoOf(url: URL): string | undefined {
  if (url.username === '' && url.password === '') return undefined;
  return basic(decode(url.username), decode(url.password));
}

/** A lone `%` in a password is no reason to fail. */
function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
