import { sectionsOf } from '../haproxy-config/sections.ts';
import { bindsIn } from '../haproxy-config/wanted-binds.ts';
import { linesOf } from '../haproxy-config/words.ts';

/** Where a configuration of HAProxy answers the health check: for each listener with its `monitor-uri`, on the first address that it binds. */
export function healthUrls(config: string): string[] {
  return sectionsOf(config).flatMap(({ text }) => {
    // Of several, HAProxy goes by the last.
    const path = linesOf(text, 'monitor-uri').at(-1)?.[1];
    const bind = bindsIn(text)[0];
    if (path !== '/_haproxy_health_check' || bind === undefined) return [];
    const host = { '0.0.0.0': '127.0.0.1', '::': '::1' }[bind.host] ?? bind.host;
    return `http://${host.includes(':') ? `[${host}]` : host}:${bind.port}${path}`;
  });
}
