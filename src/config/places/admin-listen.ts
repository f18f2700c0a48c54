import { isIP } from 'node:net';
import { isAbsolute } from 'node:path';
import { UsageError } from '../usage-error.ts';

/** Where the program's own endpoints are: a TCP port (0 in tests: any) or a socket file. */
export type AdminListen =
  | { readonly kind: 'tcp'; readonly host: string; readonly port: number }
  | {
      readonly kind: 'unix';
      readonly path: string;
      /** The folder is the program's own: for its user alone, or one that others can pass. Undefined: it must be there. */
      readonly folder?: 'private' | 'passable';
    };

/** Reads the value of `--admin-listen`: `HOST:PORT`, `unix:PATH` or `off` (undefined). Throws `UsageError`. */
export function readAdminListen(text: string): AdminListen | undefined {
  if (text === 'off') return undefined;
  const path = /^unix:(.*)$/s.exec(text)?.[1];
  if (path !== undefined) {
    // It is part of the configuration of HAProxy, in which blanks, quotes and # have a meaning.
    if (!isAbsolute(path) || !/^[\w.+@/-]{1,100}$/.test(path))
      return fail(text, 'must have an absolute path of plain characters');
    return { kind: 'unix', path };
  }
  const match = /^(?:\[([\da-fA-F:.]+)\]|([\w.*-]+)):(\d{1,5})$/.exec(text);
  const port = Number(match?.[3]);
  if (!match || port < 1 || port > 65535) return fail(text, 'is not of the form HOST:PORT, unix:PATH or off');
  const [, six, other = ''] = match;
  if (six !== undefined && isIP(six) !== 6) return fail(text, 'holds no IPv6 address');
  return { kind: 'tcp', host: six ?? (other === '*' ? '0.0.0.0' : other), port };
}

/** The address as HAProxy's `server` lines have it; listeners on all addresses are reached over loopback. */
export function adminAddress(listen: AdminListen): string {
  if (listen.kind === 'unix') return `unix@${listen.path}`;
  const host = listen.host === '0.0.0.0' ? '127.0.0.1' : listen.host === '::' ? '::1' : listen.host;
  return host.includes(':') ? `[${host}]:${listen.port}` : `${host}:${listen.port}`;
}

function fail(text: string, why: string): never {
  throw new UsageError(`option --admin-listen: '${text}' ${why}; the default is a socket file of its own`);
}
