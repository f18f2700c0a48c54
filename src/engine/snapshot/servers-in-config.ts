/** What a configuration on disk serves, as far as that matters to the guard. */
import { serverName } from '../../model/names.ts';
import { parseServerLine } from '../../plan/server-line.ts';
import { splitAddress } from '../../plan/server-ops.ts';
import type { Serving } from './removal-guard.ts';

/**
 * The tasks in the text of a configuration: servers whose names are made of their ports. Those of templates, of the admin
 * endpoints and of the way from one frontend to another are none. Empty where nothing is served.
 */
export function servedBy(config: string | undefined): readonly Serving[] {
  const servers: Serving['servers'][number][] = [];
  for (const [line] of config?.matchAll(/^[ \t]*server[ \t].*$/gm) ?? []) {
    const server = parseServerLine(line);
    const address = typeof server === 'string' ? undefined : splitAddress(server.address);
    if (typeof server === 'string' || address === undefined) continue;
    const { host: ip, port } = address;
    if (isNameOf(server.name, ip, Number(port))) servers.push({ ip, port: Number(port) });
  }
  return servers.length > 0 ? [{ servers }] : [];
}

/** Before the address there may be the name of its host. */
function isNameOf(name: string, ip: string, port: number): boolean {
  const own = serverName({ host: ip, ip, port });
  return name === own || name.endsWith(`_${own}`);
}
