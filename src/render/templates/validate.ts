/** What a template of a label must not do to others: all text of one document is read by HAProxy as one. */
import type { HaproxyFeatures } from '../../config/versions/version.ts';
import { SECTION_KEYWORDS } from '../../haproxy-config/sections.ts';
import { readWords } from '../../haproxy-config/words.ts';
import type { Values } from './expand.ts';
import { frontendName } from '../frontends/frontend-name.ts';
import { ADMIN } from '../head.ts';
import type { TemplateName } from './defaults.ts';

export interface GuardContext {
  /** An empty FRONTEND_HEAD is fine: its section has nothing else. */
  readonly blank: boolean;
  readonly haproxy: Pick<HaproxyFeatures, 'sharedNames'>;
  /** Where the load balancer itself listens. */
  readonly own?: OwnAddresses;
}

/**
 * Why the filled text of a label's template must not stand in the document; undefined: it may. A template must not begin
 * a section (what follows it would belong there), but for the heads of sections, which begin theirs, once; it must not
 * leave a condition open (`.if`); and it must not lead to the endpoints of the load balancer itself.
 * If frontends have names of their own, a FRONTEND_HEAD may have that name or the backend's, which is replaced later.
 */
export function faultOf(
  name: TemplateName,
  text: string,
  values: Values,
  { blank, haproxy, own = {} }: GuardContext,
): string | undefined {
  const head = HEADS[name];
  const backend = String(values['backend']);
  const wanted = head?.(backend);
  const renamed = name === 'FRONTEND_HEAD' ? head?.(frontendName(backend, haproxy)) : undefined;
  let depth = 0;
  let headed = wanted === undefined;
  for (const line of text.split('\n')) {
    const words = line.split(/\s+/).filter(Boolean);
    const first = firstWord(words);
    if (first === undefined) continue;
    const opened = ownEndpoint(line, own);
    if (opened !== undefined) return `the line ${show(line.trim())} leads to ${opened}: it is the load balancer's own`;
    if (/["'\\\0]/.test(first)) return `a line begins with ${show(first)}: its first word must be without quotes and backslashes`;
    if (first.startsWith('.')) {
      depth += first === '.if' ? 1 : first === '.endif' ? -1 : 0;
      if (depth < 0 || (depth === 0 && first.startsWith('.el'))) return `${first} stands without its .if`;
      if (!headed) return `it must begin with the line ${show(wanted ?? '')}`;
    } else if (!headed) {
      const begins = `${words[0]} ${words[1]}`;
      if (begins !== wanted && begins !== renamed)
        return `it must begin with the line ${show(wanted ?? '')}, not with ${show(line.trim())}`;
      headed = true;
    } else if (SECTION_KEYWORDS.has(first)) {
      return `the line ${show(line.trim())} begins a section: what other services have below it would belong there; sections of your own go into the operator's template HAPROXY_HEAD`;
    }
  }
  if (depth > 0) return 'an .if has no .endif: the condition would count for other services too';
  if (!headed && !(blank && name === 'FRONTEND_HEAD')) return `it must begin with the line ${show(wanted ?? '')}`;
  return undefined;
}

/** Where the program itself and HAProxy's runtime commands can be reached. */
export interface OwnAddresses {
  /** Path of the runtime socket. */
  readonly socket?: string | undefined;
  /** Of the program's own endpoints, as a `server` line has it. */
  readonly admin?: string | undefined;
}

/** The line that a template has to begin with. */
const HEADS: { readonly [name in TemplateName]?: (backend: string) => string } = {
  USERLIST_HEAD: (backend) => `userlist user_${backend}`,
  FRONTEND_HEAD: (backend) => `frontend ${backend}`,
  BACKEND_HEAD: (backend) => `backend ${backend}`,
};

/** Returns what of the default HEAD a line would open on the port of an app, past `--admin-auth`; undefined: nothing. */
function ownEndpoint(line: string, { socket, admin }: OwnAddresses): string | undefined {
  const words = readWords(line);
  if (words.some((word) => word.includes(ADMIN))) return ADMIN;
  if (words.some((word) => isFileOf(word, socket))) return 'the runtime socket';
  if (admin !== undefined && isLineTo(words, admin)) return `the address ${admin}`;
  if (words[0] === 'stats' && words[1] === 'admin') return 'stats admin';
  return words.find((word, at) => OWN.get(words[at - 1] ?? '')?.test(word));
}

/** Returns whether a word names a file of that name in any folder: one path can be spelled in many ways. */
function isFileOf(word: string, path: string | undefined): boolean {
  const name = path === undefined ? undefined : /[^/]+$/.exec(path)?.[0];
  return name !== undefined && word.includes('/') && word.slice(word.lastIndexOf('/') + 1).startsWith(name);
}

/** Returns whether a line leads to an address of the program itself, or to any port of the machine that a request may ask for. */
function isLineTo(words: readonly string[], admin: string): boolean {
  if (words.some((word) => /^set-dst(?:-port)?$/.test(word))) return true;
  if (admin.includes('/') && words.some((word) => isFileOf(word, admin))) return true;
  const at = ADDRESS_AT.get(words[0] ?? '');
  return at !== undefined && isAddressOf(words[at] ?? '', admin);
}

/** Place of the address in a line. */
const ADDRESS_AT: ReadonlyMap<string, number> = new Map([
  ['server', 2],
  ['server-template', 3],
]);

/**
 * Returns whether a server's address is one of the program itself: on its port, or on one that is told by the port a client came to, and of
 * the machine itself. What other names stand for is not known here.
 */
function isAddressOf(address: string, admin: string): boolean {
  if (address === admin) return true;
  if (admin.includes('/')) return isFileOf(address, admin);
  if (/\/|^(?:unix|abnsz?|fd|sockpair)@/.test(address)) return false;
  const [, host = '', port = ''] = /^(\[.*\]|[^:]*)(?::(.*))?$/.exec(address.replace(/^\w+@/, '')) ?? [];
  const isTheirs = port === '' || !/^\d+$/.test(port) || Number(port) === Number(/:(\d+)$/.exec(admin)?.[1]);
  return isTheirs && LOCAL.test(host);
}

/** Addresses of the machine itself, also as one number, and the names that systems give it. */
const LOCAL = /^(?:127\..*|(?:.*\.)?localhost(?:\.localdomain)?|ip6-(?:localhost|loopback)|\*|0.*|\d+|\[?[0:]*:.*)?$/i;

/** By the word before. */
const OWN: ReadonlyMap<string, RegExp> = new Map([
  ['use_backend', /^stats$/],
  ['default_backend', /^stats$/],
  ['use-service', /^(prometheus-exporter|lua\.(getpids|getconfig|getconfig_plain|getvhostmap|getappmap))$/],
]);

/** The word that HAProxy goes by; undefined: an empty line or a comment. It drops `no` and `default` before it looks. */
function firstWord(words: readonly string[]): string | undefined {
  const [first, second] = words;
  if (first === undefined || first.startsWith('#')) return undefined;
  return (first === 'no' || first === 'default') && second !== undefined ? second : first;
}

function show(text: string): string {
  return JSON.stringify(text.length > 80 ? `${text.slice(0, 80)}…` : text);
}
