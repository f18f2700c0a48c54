/** The health check of the image: its URLs in the HAProxy that runs here, and their answers. */
import { sectionsOf } from '../haproxy-config/sections.ts';
import { bindsIn } from '../haproxy-config/wanted-binds.ts';
import { linesOf } from '../haproxy-config/words.ts';

/** Returns the URLs of the health check in a configuration of HAProxy: one for each listener with a `monitor-uri`, on its first address. */
export function healthUrls(config: string): string[] {
  return sectionsOf(config).flatMap(({ text }) => {
    // HAProxy uses the last of several.
    const path = linesOf(text, 'monitor-uri').at(-1)?.[1];
    const bind = bindsIn(text)[0];
    if (path !== '/_haproxy_health_check' || bind === undefined) return [];
    const host = { '0.0.0.0': '127.0.0.1', '::': '::1' }[bind.host] ?? bind.host;
    return `http://${host.includes(':') ? `[${host}]` : host}:${bind.port}${path}`;
  });
}

/** Returns the fault as a sentence without its full stop; undefined if every URL answers with status 200. */
export async function healthFault(urls: readonly string[]): Promise<string | undefined> {
  if (urls.length === 0) return 'no HAProxy with a health check (monitor-uri) runs here';
  for (const url of urls) {
    const answer = await fetch(url, { signal: AbortSignal.timeout(2500) }).catch((error: Error) => error);
    if (answer instanceof Error)
      return `HAProxy does not answer at ${url}: ${answer.cause instanceof Error ? answer.cause.message : answer.message}`;
    if (answer.status !== 200) return `HAProxy answers ${answer.status} at ${url}`;
  }
  return undefined;
}
