/** Lists of addresses: where a frontend listens, and who may reach a backend. */
import { isIPv4, isIPv6 } from './ip.ts';
import { isHostName } from './hosts.ts';
import type { Parsed } from '../parsed.ts';

/**
 * Reads BIND_ADDR: IP addresses or host names, each but the last with an optional port; the service port follows the last one. HAProxy
 * knows many more forms (sockets of the file system, ranges of ports, variables): with them a service could take what others have.
 */
export function parseBindAddresses(text: string): Parsed<string> {
  const items = text.split(',').map((item) => item.trim());
  const last = items.length - 1;
  const isGood = items.length <= MOST && items.every((item, at) => isListenAddress(at === last ? item : withoutPort(item)));
  return isGood ? { value: items.join(',') } : { must: BIND };
}

/** Gives each address but the last one its port, as HAProxy needs: the template writes that of the last one. */
export function withPorts(addresses: string, port: number): string {
  const items = addresses.split(',');
  const last = items.length - 1;
  return items.map((item, at) => (at === last || item !== withoutPort(item) ? item : `${inBrackets(item)}:${port}`)).join(',');
}

/** An IPv6 address with a port after it could be read as a longer address. */
function inBrackets(address: string): string {
  return address.includes(':') && !address.endsWith(']') ? address.replace(/^(?:ipv6@)?/, '$&[') + ']' : address;
}

/** Reads BACKEND_NETWORK_ALLOWED_ACL: IP addresses and networks, separated by blanks. */
export function parseNetworks(text: string): Parsed<string> {
  const words = text.split(/[ \t]+/).filter(Boolean);
  return words.length > 0 && words.every(isNetwork) ? { value: words.join(' ') } : { must: NETWORKS };
}

const MOST = 64;

const BIND =
  'must be IP addresses such as 10.0.0.42, or *, separated by commas; each but the last, which the service port follows, may have a port of its own';

const NETWORKS = 'must be IP addresses or networks such as 10.0.0.0/8, separated by blanks';

/** An IPv6 address without brackets has no port. */
function withoutPort(item: string): string {
  const match = /^(.*[^:]):([1-9]\d{0,4})$/.exec(item);
  if (!match || Number(match[2]) > 65_535) return item;
  const address = match[1] as string;
  return address.includes(':') && !address.endsWith(']') ? item : address;
}

function isListenAddress(item: string): boolean {
  const address = item.replace(/^ipv[46]@/, '');
  if (address === '*' || isIPv4(address) || isIPv6(address)) return true;
  const inner = /^\[(.*)\]$/.exec(address)?.[1];
  if (inner !== undefined) return isIPv6(inner);
  // Names whose last part is a number, such as 0x7f.1, are addresses to the resolver.
  return isHostName(address.toLowerCase()) && !/(?:^|\.)(?:\d+|0x[0-9a-f]*)$/i.test(address);
}

function isNetwork(word: string): boolean {
  const [address = '', mask, ...rest] = word.split('/');
  if (rest.length > 0) return false;
  if (isIPv4(address)) return mask === undefined || isLength(mask, 32) || isIPv4(mask);
  return isIPv6(address) && (mask === undefined || isLength(mask, 128));
}

function isLength(text: string, most: number): boolean {
  return /^\d{1,3}$/.test(text) && Number(text) <= most;
}
