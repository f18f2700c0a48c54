/** Names of ACLs, ids and cookies of servers: the same as 1.15 makes, so that cookies outlive the move. */
import { hash } from 'node:crypto';
import { clean } from '../model/names.ts';

/** Returns the name of a host ACL without `host_`: the cleaned first vhost and the app. */
export function cleanedUpHostname(vhost: string, app: string): string {
  return `${clean(vhost)}_${app.replace(/^\//, '').replaceAll('/', '_')}`;
}

/**
 * Returns the server's `id`, unique within the backend: sha256 of the name modulo 32767. If that is 0 or taken, a blank and the hex
 * digest are appended and it is hashed again. Puts the id into `taken`.
 */
export function serverId(name: string, taken: Set<number>): number {
  let text = name;
  for (;;) {
    const id = modulo32767(hash('sha256', text, 'binary'));
    if (id !== 0 && !taken.has(id)) {
      taken.add(id);
      return id;
    }
    text = `${text} ${hash('sha256', text)}`;
  }
}

/** Returns the value of the sticky cookie: the first 10 hex digits of the sha1 of the name. */
export function cookieValue(name: string): string {
  return hash('sha1', name).slice(0, 10);
}

/** `bytes`: a number, the highest byte first, a character a byte. */
function modulo32767(bytes: string): number {
  let rest = 0;
  for (let at = 0; at < bytes.length; at += 1) rest = (rest * 256 + bytes.charCodeAt(at)) % 32767;
  return rest;
}

/** Frontend that passes TLS connections on, or to the shared HTTPS frontend. */
export const TLS_ENTRY = 'marathon_tls_in';
