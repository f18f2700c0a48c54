/** The addresses of a `bind` line, as HAProxy reads it (configuration manual, sections 4.2 and 11.1; tried on 2.6 to 3.4). */
import { isIP } from 'node:net';
import { readWords } from './words.ts';

export interface BindLine {
  readonly addresses: readonly BindAddress[];
  /** The words after the addresses. */
  readonly params: readonly string[];
}

export type BindAddress = InetAddress | { readonly kind: 'other'; readonly shown: string };

export interface InetAddress {
  readonly kind: 'inet';
  /** An IP address as the system writes it; any: `0.0.0.0` or `::`; else a name or whatever the system makes an address of. */
  readonly host: string;
  readonly first: number;
  readonly last: number;
  /** As HAProxy has it after unquoting. */
  readonly shown: string;
}

/** Returns undefined if the line is not a `bind` line. */
export function readBind(line: string): BindLine | undefined {
  // Most lines are something else; the keyword may be quoted.
  if (!/^\s*(?:bind\s|[^\s#]*["'\\])/.test(line)) return undefined;
  const [keyword, addresses, ...params] = readWords(line);
  if (keyword !== 'bind' || addresses === undefined) return undefined;
  return { addresses: addresses.split(',').map(readAddress), params };
}

/** Returns an IPv6 address in its shortest form, one that stands for IPv4 as that; anything else as it is. */
export function plainAddress(address: string): string {
  if (isIP(address) !== 6 || address.includes('%')) return address;
  const short = new URL(`http://[${address}]`).hostname.slice(1, -1);
  const [, high, low] = /^::ffff:([0-9a-f]+):([0-9a-f]+)$/.exec(short) ?? [];
  if (high === undefined || low === undefined) return short;
  return `${bytePair(high)}.${bytePair(low)}`;
}

/** Returns whether an address of a bind line may take the port on every address of the machine: a name can stand for any. */
export function isAnyHost(host: string): boolean {
  return host === '0.0.0.0' || host === '::' || isIP(host) === 0;
}

const INET = /^(?:(?:tcp|mptcp|udp|quic|ipv)([46]?)|tcp|mptcp|udp|quic)@(.*)$/s;

function readAddress(shown: string): BindAddress {
  const [, version = '', place = shown] = INET.exec(shown) ?? [];
  if (place === shown && (/^[a-z0-9+]+@/.test(shown) || shown.startsWith('/'))) return { kind: 'other', shown };
  // HAProxy 2.6 ends a port at the first character that is no digit.
  const [, written, start, , end = start] = /^(.*):\s*(\d+)(-(\d+))?[^:]*$/s.exec(place) ?? [];
  if (written === undefined || start === undefined) return { kind: 'other', shown };
  const bare = written.replace(/^\[(.*)\]$/, '$1');
  const host = bare === '' || bare === '*' ? (version === '6' ? '::' : '0.0.0.0') : plainAddress(bare);
  return { kind: 'inet', host, first: Number(start), last: Number(end), shown };
}

function bytePair(hex: string): string {
  const word = Number.parseInt(hex, 16);
  return `${word >> 8}.${word & 255}`;
}
