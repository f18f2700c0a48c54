import { UsageError } from '../usage-error.ts';

/** Reads an option with the name of a header that the load balancer writes itself. Throws `UsageError`. */
export function readHeaderName(option: string, text: string | undefined): string | undefined {
  if (text === undefined) return undefined;
  const name = text.trim();
  if (!/^[A-Za-z0-9][A-Za-z0-9-]{0,63}$/.test(name)) {
    throw new UsageError(
      `option --${option}: '${text}' is no name of a header; write letters, digits and hyphens, such as X-Request-ID`,
    );
  }
  if (TAKEN.test(name))
    throw new UsageError(`option --${option}: the header ${name} has another meaning; give the id one of its own`);
  return name;
}

/** Headers by which HAProxy, clients or tasks do something. */
const TAKEN =
  /^(?:accept.*|access-control-.*|authorization|cache-control|connection|content-.*|cookie|date|expect|forwarded|host|http2-settings|if-.*|keep-alive|location|origin|proxy-.*|range|referer|set-cookie|server|te|trailer|transfer-encoding|upgrade|user-agent|vary|via|www-authenticate|x-forwarded-.*|x-marathon-app-id|x-real-ip)$/i;
