import type { Parsed } from '../parsed.ts';
import { kindOfHash } from './password-hash.ts';

export interface Auth {
  readonly realm: string;
  readonly user: string;
  readonly password: string;
}

export function printAuth({ realm, user, password }: Auth): string {
  return `${realm}:${user}:${password}`;
}

/** Reads AUTH: `realm:user:encrypted-password`; the password may hold colons. */
export function parseAuth(text: string): Parsed<Auth> {
  const [realm, user, ...rest] = text.split(':');
  const password = rest.join(':');
  if (!realm || !user || !password) return { must: 'must be realm:user:encrypted-password' };
  // The realm is in quotes in a frontend that other apps share: text after a quote, or the default of a variable, would be a new condition.
  if (/["\\]/.test(realm)) return { must: 'must have a realm without double quotes and backslashes' };
  if (!PLAIN.test(realm)) return { must: "must have a realm without ' $ { } % # and control characters" };
  if (!PLAIN.test(user) || /\s/.test(user))
    return { must: 'must have a user without blanks, quotes, $ { } % # and control characters' };
  const kind = kindOfHash(password);
  if (typeof kind === 'object') return kind;
  return { value: { realm, user, password }, faults: kind === 'plain' ? [NOT_A_HASH] : [] };
}

const PLAIN = /^[^"'\\${}%#\p{C}\u{2028}\u{2029}]{1,200}$/u;

const NOT_A_HASH = {
  detail: 'has a password that is not a hash: no password can match it, every login fails',
  fix: 'make a hash of it with `mkpasswd -m sha-256` or `openssl passwd -5`',
};
