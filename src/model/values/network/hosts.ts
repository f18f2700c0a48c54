/** Host names of a service, as people write them. */
import { domainToASCII } from 'node:url';
import { isIPv4, isIPv6 } from './ip.ts';
import type { LabelLimits } from '../limits.ts';
import { type Fault, type Parsed, shown } from '../parsed.ts';
import { readRegex } from '../rules/regex.ts';

export interface Hosts {
  /** In the order of the label, lower-cased. */
  readonly vhosts: readonly string[];
  /** The label as it is, lower-cased, if all of it are plain host names; else the hosts that are served. Undefined if no host is. */
  readonly hostname: string | undefined;
  /** Wildcards and regular expressions, each once; undefined if there are none. */
  readonly hostPatterns?: readonly string[];
}

/**
 * Reads VHOST: host names, wildcards and regular expressions, separated by commas or blanks. A value with a clear meaning is read with a note (a URL, a port, a final dot, letters
 * beyond ASCII). An item that is no host name costs that item: it would never match, or HAProxy would read something else in it.
 */
export function parseHosts(text: string, limits: Pick<LabelLimits, 'vhosts'>): Parsed<Hosts> {
  const vhosts: string[] = [];
  const patterns = new Set<string>();
  const known = new Set<string>();
  const notes: string[] = [];
  const refused: string[] = [];
  for (const item of text.split(',')) {
    const words = item.split(/\s+/).filter(Boolean);
    const hosts = words.map((word) => (word.startsWith('~') ? readHostRegex(word) : readHost(word.toLowerCase())));
    // A placeholder such as <Public agent IP> has words that could be host names.
    const fault = hosts.find((host) => 'why' in host);
    if (fault !== undefined && 'why' in fault) {
      refused.push(`${shown(item.trim())} (${fault.why})`);
      continue;
    }
    for (const [at, host] of hosts.entries()) {
      if ('pattern' in host) patterns.add(host.pattern);
      if (!('name' in host)) continue;
      if (host.change !== undefined) notes.push(`has ${shown(words[at] as string)}, which is read as ${host.name}${host.change}`);
      if (host.change !== undefined && known.has(host.name)) continue;
      known.add(host.name);
      vhosts.push(host.name);
    }
  }
  const served = vhosts.slice(0, limits.vhosts);
  const hostPatterns = [...patterns].slice(0, limits.vhosts - served.length);
  const isPlain =
    notes.length + refused.length + patterns.size === 0 && served.length === vhosts.length && /^[\w.,:[\] -]*$/.test(text);
  return {
    value: {
      vhosts: served,
      hostname: isPlain && served.length > 0 ? text.toLowerCase() : served.join(',') || undefined,
      ...(hostPatterns.length > 0 && { hostPatterns }),
    },
    notes: listed(notes),
    faults: [...tooMany(vhosts.length + patterns.size, limits.vhosts), ...unserved(refused)],
  };
}

/** Reads REDIRECT_FROM: host names as in VHOST, separated by commas. */
export function parseHostList(text: string, limits: Pick<LabelLimits, 'vhosts'>): Parsed<string> {
  const parsed = parseHosts(text, limits);
  if ('must' in parsed || parsed.value.vhosts.length === 0 || parsed.value.hostPatterns !== undefined)
    return { must: 'must be host names such as www.example.com, separated by commas' };
  return { ...parsed, value: parsed.value.vhosts.join(',') };
}

/** Returns whether a lower-cased text is a host name or an IPv4 address that can stand in a configuration as it is. */
export function isHostName(name: string): boolean {
  return name.length <= 253 && !name.startsWith('-') && name.split('.').every((label) => /^[a-z0-9_-]{1,63}$/.test(label));
}

/** `change`: how it was read, undefined if it is written so. */
type Host =
  | { readonly name: string; readonly change: string | undefined }
  | { readonly pattern: string }
  | { readonly why: string };

/** Reads `~` and a regular expression, which is matched in any case of letters: commas and blanks end it. */
function readHostRegex(word: string): Host {
  const regex = readRegex(word.slice(1));
  return 'fault' in regex ? { why: `a regular expression that ${regex.fault}` } : { pattern: word };
}

function readWildcard(word: string): Host {
  if (word === '*') return { why: 'any host: only names, and wildcards such as *.example.com, can be served' };
  const name = word.startsWith('*.') ? asciiOf(word.slice(2)) : undefined;
  if (name === undefined || isIPv4(name)) return { why: 'a wildcard other than *.example.com' };
  return { pattern: `*.${name}` };
}

function readHost(word: string): Host {
  if (word.startsWith('-')) return { why: 'HAProxy would take it for a flag' };
  if (/[<>{}]/.test(word)) return { why: 'a placeholder, which nothing has replaced' };
  if (word.includes('*')) return readWildcard(word);
  const [, authority = '', path = ''] = /^https?:\/\/([^/?#]*)(.*)$/.exec(word) ?? /^([^/]*)(.*)$/.exec(word) ?? [];
  const [, bare = authority] = /^(\[.*\]|[^:]*):\d+$/.exec(authority) ?? [];
  const name = asciiOf(bare.endsWith('.') ? bare.slice(0, -1) : bare);
  if (name === undefined) return { why: 'not a host name' };
  if (name === word) return { name, change: undefined };
  return { name, change: path.length > 1 ? `: a host has no path (${shown(path)}), which belongs into the label PATH` : '' };
}

/** Returns the name as a browser sends it in the Host header; undefined if it is none. */
function asciiOf(name: string): string | undefined {
  const inner = /^\[(.*)\]$/.exec(name)?.[1] ?? name;
  if (isIPv6(inner)) return `[${inner}]`;
  const ascii = /^[a-z0-9._-]*$/.test(name) || !/^[a-z0-9._\-\u{80}-\u{10ffff}]+$/u.test(name) ? name : domainToASCII(name);
  return ascii !== '' && isHostName(ascii) && (isIPv4(ascii) || !/^[\d.]+$/.test(ascii)) ? ascii : undefined;
}

function tooMany(count: number, most: number): readonly Fault[] {
  if (count <= most) return [];
  const detail = `has ${count} host names, of which the first ${most} are served (--max-vhosts)`;
  return [{ detail, fix: 'share them among several services; with many hosts, --haproxy-map is much faster' }];
}

function unserved(refused: readonly string[]): readonly Fault[] {
  if (refused.length === 0) return [];
  const detail = `has ${refused.length === 1 ? 'a host that is' : 'hosts that are'} not served: ${listed(refused).join(', ')}`;
  return [{ detail, fix: 'write host names such as shop.example.com, separated by commas' }];
}

/** The first few of many. */
function listed(texts: readonly string[]): readonly string[] {
  return texts.length <= SHOWN ? texts : [...texts.slice(0, SHOWN), `and ${texts.length - SHOWN} more`];
}

const SHOWN = 5;
