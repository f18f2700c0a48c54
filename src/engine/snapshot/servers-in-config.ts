import { serverName } from '../../model/names.ts';
import { splitAddress } from '../../haproxy-config/server-line.ts';
import { linesOf } from '../../haproxy-config/words.ts';
import type { Serving } from './removal-guard.ts';

/**
 * Returns what a configuration on disk serves: the servers whose names are made of their addresses, as those of tasks are. Servers of
 * templates, of the admin endpoints and of the way from one frontend to another are left out. Empty if nothing is served.
 */
export function serversInConfig(config: string | undefined): readonly Serving[] {
  const servers: Serving['servers'][number][] = [];
  for (const [, name = '', words = ''] of linesOf(config ?? '', 'server')) {
    const address = splitAddress(words);
    if (address === undefined) continue;
    const { host: ip, port } = address;
    if (isNameOf(name, ip, Number(port))) servers.push({ ip, port: Number(port) });
  }
  return servers.length > 0 ? [{ servers }] : [];
}

/** Before the address there may be the name of its host. */
function isNameOf(name: string, ip: string, port: number): boolean {
  const own = serverName({ host: ip, ip, port });
  return name === own || name.endsWith(`_${own}`);
}
