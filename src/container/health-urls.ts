import { bindsIn } from '../haproxy-config/wanted-binds.ts';

/** Where a configuration of HAProxy answers the health check: for each listener with its `monitor-uri`, on the first address that it binds. */
export function healthUrls(config: string): string[] {
  return config.split(/^(?=\w)/m).flatMap((section) => {
    const path = /^\s*monitor-uri\s+(\/_haproxy_health_check)\s*$/m.exec(section)?.[1];
    const bind = bindsIn(section)[0];
    if (path === undefined || bind === undefined) return [];
    const host = { '0.0.0.0': '127.0.0.1', '::': '::1' }[bind.host] ?? bind.host;
    return `http://${host.includes(':') ? `[${host}]` : host}:${bind.port}${path}`;
  });
}
