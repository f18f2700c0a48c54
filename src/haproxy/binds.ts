import { isIP } from 'node:net';

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
 * The TCP addresses of all `bind` lines (HAProxy manual, section 5.1). Left out: sockets of other kinds, names, variables, ranges of
 * more than 64 ports, and what another interface, name space or the kernel's transparent mode has a say in.
 */
export function bindsIn(text: string): Bind[] {
  const binds: Bind[] = [];
  let line = 0;
  for (const raw of text.split('\n')) {
    line += 1;
    if (!/^\s*bind\s/.test(raw)) continue;
    const [, addresses = '', ...params] = raw.replace(/#.*$/, '').trim().split(/\s+/);
    if (params.some((word) => ELSEWHERE.has(word))) continue;
    for (const shown of addresses.split(',')) {
      for (const place of placesOf(shown)) binds.push({ line, ...place, isOnlyV6: params.includes('v6only') });
    }
  }
  return binds;
}

/** Equal for binds that are the same to HAProxy. */
export function bindKey({ host, port, isOnlyV6 }: Bind): string {
  return `${host} ${port} ${isOnlyV6}`;
}

/** An IPv6 address in its shortest form, one that stands for IPv4 as that. */
export function plainAddress(address: string): string {
  if (isIP(address) !== 6) return address;
  const short = new URL(`http://[${address}]`).hostname.slice(1, -1);
  const [, high, low] = /^::ffff:([0-9a-f]+):([0-9a-f]+)$/.exec(short) ?? [];
  if (high === undefined || low === undefined) return short;
  return `${bytePair(high)}.${bytePair(low)}`;
}

const ELSEWHERE = new Set(['transparent', 'interface', 'namespace']);
const LONGEST_RANGE = 64;

function placesOf(shown: string): Pick<Bind, 'host' | 'port' | 'shown'>[] {
  const [, kind = '', place = ''] = /^(?:(tcp|tcp4|tcp6|ipv4|ipv6)@)?([^@"'\\$]*)$/.exec(shown) ?? [];
  const [, written, first, last = first] = /^(.*):(\d+)(?:-(\d+))?$/.exec(place) ?? [];
  if (written === undefined || first === undefined) return [];
  const bare = written.replace(/^\[(.*)\]$/, '$1');
  const isAny = bare === '' || bare === '*';
  const host = isAny ? (kind.endsWith('6') ? '::' : '0.0.0.0') : plainAddress(bare);
  const count = Number(last) - Number(first) + 1;
  if (isIP(host) === 0 || count < 1 || count > LONGEST_RANGE || Number(first) < 1 || Number(last) > 65_535) return [];
  return Array.from({ length: count }, (_, at) => {
    const port = Number(first) + at;
    return { host, port, shown: `${host.includes(':') ? `[${host}]` : isAny ? '*' : host}:${port}` };
  });
}

function bytePair(hex: string): string {
  const word = Number.parseInt(hex, 16);
  return `${word >> 8}.${word & 255}`;
}
