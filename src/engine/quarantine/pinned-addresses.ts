/**
 * A service outside of Marathon is a `server` line with a host name, which HAProxy resolves when it starts. If the name does not resolve
 * for a moment, the line gets the address that the running HAProxy has for it, so that the service keeps serving.
 */
import { isIP } from 'node:net';
import type { Service } from '../../model/service.ts';

/** Host name → IP address. */
export type Addresses = ReadonlyMap<string, string>;

/** Returns whether HAProxy refuses a server because its name does not resolve. */
export function isUnresolved(message: string): boolean {
  return /could not resolve address '/.test(message);
}

/**
 * Returns the service with an address for each host name in the `server` lines of its labels: HAProxy resolves the name if it can, and
 * else takes the known address, or starts without one. Undefined if no line has a host name.
 */
export function pinned(service: Service, addresses: Addresses): Service | undefined {
  let isChanged = false;
  const pin = (line: string): string => {
    const [, start = '', address = '', rest = ''] = SERVER.exec(line) ?? [];
    const host = address.replace(/:[^:]*$/, '');
    if (!NAME.test(host) || isIP(host) !== 0) return line;
    isChanged = true;
    return `${start}${address} init-addr libc,${addresses.get(host) ?? 'none'}${rest.replace(OWN_WAY, '')}`;
  };
  const templates = Object.fromEntries(
    Object.entries(service.templates).map(([name, text]) => [name, text.split('\n').map(pin).join('\n')]),
  );
  return isChanged ? { ...service, templates } : undefined;
}

const SERVER = /^(\s*server(?:-template\s+\S+)?\s+\S+\s+)(\S+)(.*)$/;
const NAME = /^[\w.-]+$/;
const OWN_WAY = /\sinit-addr\s+\S+/g;
