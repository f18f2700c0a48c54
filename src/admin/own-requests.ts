/** Which requests a page of another site may not make: this program's endpoints have no login of their own. */
import { isIP } from 'node:net';
import type { MiddlewareHandler } from 'hono';
import { isPrivateName } from '../lib/text/private-names.ts';

/** The origin of a request, by its headers. */
export interface RequestSource {
  readonly host: string | undefined;
  readonly origin: string | undefined;
  /** `Sec-Fetch-Site`: browsers set it, no page can (Fetch Metadata). */
  readonly fetchSite: string | undefined;
  /** Browsers send it with every request, tools such as curl do not. */
  readonly acceptLanguage: string | undefined;
}

/**
 * Returns why a request is refused, undefined if it is not. `changes`: it does something; `names`: host names of this load balancer, in
 * small letters. A page of another site is refused, and so is a browser that knows the load balancer by a public name that is not ours, as
 * with DNS rebinding: a page of `evil.example` whose name leads here suddenly could read the answers. For what does something the
 * name has to be ours, public or not.
 */
export function refusalOf(source: RequestSource, changes: boolean, names: ReadonlySet<string>): string | undefined {
  const { host = '', origin, fetchSite, acceptLanguage } = source;
  if (origin !== undefined && origin.toLowerCase().replace(/^https?:\/\//, '') !== host.toLowerCase()) {
    return `it comes from a page of ${origin}`;
  }
  if (changes && (fetchSite === 'cross-site' || fetchSite === 'same-site')) return 'it comes from a page of another site';
  const isBrowser = acceptLanguage !== undefined || origin !== undefined || fetchSite !== undefined;
  const name = nameOf(host);
  if (!isBrowser || isIP(name) !== 0 || isLocal(name) || names.has(name) || (!changes && isPrivateName(name))) return undefined;
  return `${name} is not known as a name of this load balancer (--admin-hosts)`;
}

/** Refuses with 403 what `refusalOf` refuses. */
export function ownRequests(names: readonly string[]): MiddlewareHandler {
  const own = new Set(names.map((name) => name.toLowerCase()));
  return async (context, next) => {
    const header = (name: string): string | undefined => context.req.header(name);
    const source = {
      host: header('host'),
      origin: header('origin'),
      fetchSite: header('sec-fetch-site'),
      acceptLanguage: header('accept-language'),
    };
    const refusal = refusalOf(source, context.req.path.startsWith('/_mlb_signal/'), own);
    if (refusal === undefined) return next();
    return context.text(`This request is refused: ${refusal}\n`, 403);
  };
}

/** Without a port and the brackets of IPv6. */
function nameOf(host: string): string {
  return host
    .toLowerCase()
    .replace(/:\d+$/, '')
    .replace(/^\[(.*)\]$/, '$1')
    .replace(/\.$/, '');
}

function isLocal(name: string): boolean {
  return name === 'localhost' || name.endsWith('.localhost');
}
