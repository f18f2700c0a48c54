/**
 * Hashes of passwords as crypt(3) makes and HAProxy checks them, at every request, in the thread that serves all others: a hash that needs
 * seconds stops them, and HAProxy's watchdog ends a process that is stuck.
 */

/** `hash`: known and cheap enough. `plain`: not a hash, no password can match it. Else why HAProxy must not see it. */
export type HashKind = 'hash' | 'plain' | { readonly must: string };

/** Returns what crypt(3) would make of a text. */
export function kindOfHash(text: string): HashKind {
  if (!/^[!-~]{1,256}$/.test(text) || /["'\\#%{}]/.test(text)) return { must: WORD };
  const rounds = /^\$[56]\$rounds=(\d*)\$/.exec(text)?.[1];
  if (rounds !== undefined && !(Number(rounds) <= MOST_ROUNDS && rounds !== '')) return { must: COSTLY };
  const cost = /^\$2[abxy]\$(\d\d)\$/.exec(text)?.[1];
  if (cost !== undefined && Number(cost) > MOST_COST) return { must: COSTLY };
  if (SCHEMES.some((scheme) => scheme.test(text))) return 'hash';
  if (/^\$(?:y|gy|7)\$/.test(text)) return { must: COSTLY };
  // crypt(3) takes both for schemes, some of them with a cost of their own.
  return /^[$_]/.test(text) ? { must: UNKNOWN } : 'plain';
}

/** Returns how long HAProxy needs for a hash, in milliseconds of an ordinary machine: it tries each once when it reads its configuration. */
export function timeOfHash(text: string): number {
  const rounds = /^\$[56]\$(?:rounds=(\d+)\$)?/.exec(text);
  if (rounds) return Number(rounds[1] ?? 5000) / 1500;
  const cost = /^\$2[abxy]\$(\d\d)\$/.exec(text)?.[1];
  if (cost !== undefined) return 2 ** Number(cost) / 16;
  return /^\$(?:g?y|7)\$/.test(text) ? 50 : 1;
}

/** Returns why the hashes in a text that people wrote (a template of a user list) cost too much; undefined if they do not. */
export function costlyHashIn(text: string): string | undefined {
  const read = text
    .replaceAll(/\\x([0-9a-f]{2})/gi, (_, code: string) => String.fromCodePoint(Number.parseInt(code, 16)))
    .replaceAll(/["'\\]/g, '');
  for (const [, password = ''] of read.matchAll(/\spassword[ \t]+(\S+)/g)) {
    const kind = kindOfHash(password.replaceAll('{passwd}', 'x'));
    if (typeof kind === 'object' && kind.must !== WORD) return kind.must;
  }
  return undefined;
}

const MOST_ROUNDS = 100_000;
const MOST_COST = 12;

const HOW = 'made by `mkpasswd -m sha-256` or `openssl passwd -5`';
const WORD = `must have a password hash (${HOW}) without blanks, quotes and backslashes`;
const COSTLY = `must have a password hash that is cheap to check (rounds= up to ${MOST_ROUNDS}, bcrypt cost up to ${MOST_COST}, yescrypt up to $y$jBT$): it would hold up the requests of all apps`;
const UNKNOWN = `must have a password hash of a known scheme ($5$, $6$, $1$, $2b$, $y$), ${HOW}`;

const SCHEMES: readonly RegExp[] = [
  // MD5, SHA-256, SHA-512
  /^\$1\$[./0-9A-Za-z_-]{1,64}\$[./0-9A-Za-z]+$/,
  /^\$[56]\$(?:rounds=\d+\$)?[./0-9A-Za-z_-]{1,64}\$[./0-9A-Za-z]+$/,
  // bcrypt
  /^\$2[abxy]\$\d\d\$[./0-9A-Za-z]{53}$/,
  // yescrypt and gost-yescrypt: one letter each for log2 of its size and of its block size
  /^\$g?y\$j[./0-9AB][./0-9A-T]\$[./0-9A-Za-z]+\$[./0-9A-Za-z]+$/,
  // scrypt
  /^\$7\$[./0-9A-C]6\.{4}\/\.{4}[./0-9A-Za-z]+\$[./0-9A-Za-z]+$/,
  // DES
  /^[./0-9A-Za-z]{13}$/,
];
