import type { Parsed } from '../parsed.ts';
import { kindOfHash, timeOfHash } from '../auth/password-hash.ts';
import { parseRules, type ReadRule, type Rules, splitRules } from './rules.ts';

/** Somebody who may log in. */
export interface User {
  readonly user: string;
  /** A hash. */
  readonly password: string;
}

/** Reads AUTH_USERS: `user:encrypted-password`, several. */
export function parseUsers(text: string): Parsed<Rules<User>> {
  const parsed = parseRules(splitRules(text), 100, readUser);
  if ('must' in parsed) return parsed;
  const { rules } = parsed.value;
  if (rules.reduce((time, { password }) => time + timeOfHash(password), 0) > MOST_TIME) return { must: COSTLY };
  const names = rules.map(({ user }) => user);
  return new Set(names).size === names.length ? parsed : { must: 'must have each user once' };
}

/** Milliseconds for which one app may hold up the check of the configuration of all. */
const MOST_TIME = 100;

const COSTLY =
  'must have password hashes that are quick to check, all together: up to 30 of `openssl passwd -5` or `-6`, fewer of other schemes or with more rounds';

function readUser(text: string): ReadRule<User> {
  const [, user = '', password = ''] = /^([\w.@+-]{1,100}):(.*)$/.exec(text) ?? [];
  if (password === '') return { must: 'must have users such as alice:encrypted-password, separated by semicolons' };
  const kind = kindOfHash(password);
  if (typeof kind === 'object') return kind;
  // Nobody could log in, and it would stand in the clear in files.
  if (kind === 'plain')
    return { must: `must have a password hash for ${user}, made by \`mkpasswd -m sha-256\` or \`openssl passwd -5\`` };
  return { rule: { user, password }, text: `${user}:${password}` };
}
