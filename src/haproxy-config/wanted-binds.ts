import { isIP } from 'node:net';
import { type BindAddress, readBind } from './bind.ts';

/** An address and port that a `bind` line wants, of those that can be tried from outside of HAProxy. */
export interface Bind {
  /** Line of the configuration, from 1. */
  readonly line: number;
  /** An IP address as the system writes it; any: `0.0.0.0` or `::`. */
  readonly host: string;
  readonly port: number;
  /** As written: `*:10001`. */
  readonly shown: string;
  /** `::` without IPv4 (`v6only`). */
  readonly isOnlyV6: boolean;
}

/**
 * Returns the TCP addresses of all `bind` lines (HAProxy manual, section 5.1). Leaves out sockets of other kinds, names, variables, ranges of
 * more than 64 ports, and lines whose addresses depend on an interface, a name space or the kernel's transparent mode.
 */
export function bindsIn(text: string): Bind[] {
  const binds: Bind[] = [];
  let line = 0;
  for (const raw of text.split('\n')) {
    line += 1;
    const bind = readBind(raw);
    if (bind === undefined || bind.params.some((word) => ELSEWHERE.has(word))) continue;
    // What the environment of HAProxy holds is not known here.
    if (raw.trim().split(/\s+/)[1]?.includes('$')) continue;
    const isOnlyV6 = bind.params.includes('v6only');
    for (const address of bind.addresses) for (const place of placesOf(address)) binds.push({ line, ...place, isOnlyV6 });
  }
  return binds;
}

/** Returns a key that is equal for binds that are the same to HAProxy. */
export function bindKey({ host, port, isOnlyV6 }: Bind): string {
  return `${host} ${port} ${isOnlyV6}`;
}

const ELSEWHERE = new Set(['transparent', 'interface', 'namespace']);
const LONGEST_RANGE = 64;

function placesOf(address: BindAddress): Pick<Bind, 'host' | 'port' | 'shown'>[] {
  if (address.kind === 'other') return [];
  const { host, first, last } = address;
  const count = last - first + 1;
  if (isIP(host) === 0 || count < 1 || count > LONGEST_RANGE || first < 1 || last > 65_535) return [];
  return Array.from({ length: count }, (_, at) => {
    const port = first + at;
    return { host, port, shown: `${host.includes(':') ? `[${host}]` : host === '0.0.0.0' ? '*' : host}:${port}` };
  });
}
