/** Names of backends, servers and ACLs: those of 1.15, so that statistics, logs and tools go on. */
import type { Server } from './service.ts';

/** Every character outside `[a-zA-Z0-9_-]` turned into `_`. */
export function clean(text: string): string {
  return text.replace(/[^a-zA-Z0-9_-]/g, '_');
}

/** App id without its first `/`, other `/` → `_`, then `_` and the port. */
export function backendName(app: string, port: number): string {
  return `${app.replace(/^\//, '').replaceAll('/', '_')}_${port}`;
}

export function serverName({ host, ip, port }: Pick<Server, 'host' | 'ip' | 'port'>): string {
  return host === ip ? `${cleanHost(ip)}_${port}` : `${cleanHost(host)}_${cleanHost(ip)}_${port}`;
}

/** Thousands of servers are on hundreds of hosts. */
const cleanHosts = new Map<string, string>();

function cleanHost(host: string): string {
  let name = cleanHosts.get(host);
  if (name === undefined) {
    if (cleanHosts.size >= 10_000) cleanHosts.clear();
    name = clean(host);
    cleanHosts.set(host, name);
  }
  return name;
}
