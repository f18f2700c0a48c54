/** By what a client is kept at its server. */
import type { Parsed } from '../parsed.ts';

/** Reads STICKY_BY: `cookie`, `source`, `header NAME` or `app-cookie NAME`. */
export function parseStickiness(text: string): Parsed<string> {
  const [kind = '', name, ...rest] = text.trim().split(/\s+/);
  const isGood = rest.length === 0 && (BARE.has(kind) ? name === undefined : NAMED.has(kind) && isToken(name));
  return isGood ? { value: name === undefined ? kind : `${kind} ${name}` } : { must: STICKINESS };
}

const BARE: ReadonlySet<string> = new Set(['cookie', 'source']);
const NAMED: ReadonlySet<string> = new Set(['header', 'app-cookie']);

const STICKINESS = 'must be cookie, source, header NAME or app-cookie NAME';

/** Reads STICKY_COOKIE: the cookie's name, then attributes, separated by semicolons. */
export function parseStickyCookie(text: string): Parsed<string> {
  const [name = '', ...attributes] = text.split(';').map((part) => part.trim());
  const known = attributes.map(readAttribute);
  if (!isToken(name) || known.includes(undefined)) return { must: COOKIE };
  return { value: [name, ...known].join('; ') };
}

/** Returns the words of the line `cookie` of a value of STICKY_COOKIE. */
export function cookieWords(cookie: string): string {
  const [name = '', ...attributes] = cookie.split('; ');
  const words = attributes.map((attribute) => FLAGS.get(attribute) ?? `attr ${attribute}`);
  return [name, 'insert', 'indirect', 'nocache', ...words].join(' ');
}

function readAttribute(text: string): string | undefined {
  const [name = '', value, ...rest] = text.split('=').map((part) => part.trim().toLowerCase());
  if (rest.length > 0) return undefined;
  if (value === undefined) return [...FLAGS.keys()].find((flag) => flag.toLowerCase() === name);
  if (name === 'max-age') return /^\d{1,9}$/.test(value) ? `Max-Age=${value}` : undefined;
  const site = SITES.find((each) => each.toLowerCase() === value);
  return name === 'samesite' && site !== undefined ? `SameSite=${site}` : undefined;
}

/** Attributes without a value, and HAProxy's word for them. */
const FLAGS: ReadonlyMap<string, string> = new Map([
  ['Secure', 'secure'],
  ['HttpOnly', 'httponly'],
]);
const SITES = ['Strict', 'Lax', 'None'];

const COOKIE =
  'must be a name, then any of Secure, HttpOnly, SameSite=Strict|Lax|None and Max-Age=SECONDS, separated by semicolons';

function isToken(text: string | undefined): boolean {
  return text !== undefined && /^[A-Za-z0-9_-]{1,64}$/.test(text);
}
