/** A request as HAProxy sees it, made of a URL: what a browser would send, without cookies and passwords. */
export interface ExplainedRequest {
  readonly url: string;
  readonly isTls: boolean;
  /** Name without port, lower-cased: what a browser sends as SNI. */
  readonly name: string;
  /** The header `Host`: with the port if it is not the usual one of the scheme. */
  readonly host: string;
  readonly port: number;
  /** As it is in the URL, percent signs and all, without the query. */
  readonly path: string;
  readonly query: string;
}

/** Reads a URL (`shop.example.com/x` is one, too); undefined: it is none that HAProxy could be asked for. */
export function requestOf(text: string): ExplainedRequest | undefined {
  const whole = /^[a-z][a-z\d+.-]*:\/\//i.test(text) ? text : `http://${text}`;
  if (!/^https?:/i.test(whole) || !URL.canParse(whole)) return undefined;
  const url = new URL(whole);
  const isTls = url.protocol === 'https:';
  return {
    url: `${url.protocol}//${url.host}${url.pathname}${url.search}`,
    isTls,
    name: url.hostname.toLowerCase(),
    host: url.host.toLowerCase(),
    port: url.port === '' ? (isTls ? 443 : 80) : Number(url.port),
    path: url.pathname,
    query: url.search.replace(/^\?/, ''),
  };
}
