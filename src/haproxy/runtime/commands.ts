import type { FrontendOp, Op, ServerOp } from '../../plan/operations.ts';
import { splitAddress } from '../../haproxy-config/server-line.ts';
import type { Secret } from '../../lib/secret.ts';
import { type CrtListEntry, printEntry } from '../../render/files/crt-list.ts';
import type { MapFile } from '../../render/files/map.ts';
import { HaproxyError } from '../error.ts';
import type { CrtListLine } from './replies.ts';

/** Builds every command for HAProxy's sockets, from words that were checked. */

/** The commands of an operation on a server, to be sent as one line. Throws `unsafe-word`. */
export function serverCommands(op: ServerOp): readonly string[] {
  const { server } = op;
  const target = targetOf(op.backend, server.name);
  const checks = [
    ...(server.check ? [command('enable', 'health', target)] : []),
    ...(server.agent ? [command('enable', 'agent', target)] : []),
  ];
  switch (op.kind) {
    case 'add':
      return [
        command('add', 'server', target, server.address, ...weightOf(op), ...server.keywords),
        // HAProxy 2.6 makes no cookie for a server that is added, until a command makes them again.
        ...(op.dynamicCookies === true ? [command('enable', 'dynamic-cookie', 'backend', op.backend)] : []),
        ...checks,
        ...(server.disabled ? [] : [command('set', 'server', target, 'state', 'ready')]),
      ];
    case 'enable':
      return [...checks, command('set', 'server', target, 'state', 'ready')];
    case 'disable':
      return [command('set', 'server', target, 'state', 'maint')];
    case 'weight':
      return [command('set', 'server', target, 'weight', String(server.weight))];
    case 'address': {
      const { host, port } = splitAddress(server.address) ?? { host: '', port: '' };
      return [command('set', 'server', target, 'addr', host, 'port', port)];
    }
    case 'check':
      return checks;
    case 'up':
      return [command('set', 'server', target, 'health', 'up')];
    case 'remove':
      return deleteCommands(op.backend, server.name, false);
    default:
      return op.kind satisfies never;
  }
}

/** The command of an operation on a frontend. Throws `unsafe-word`. */
export function frontendCommand(op: FrontendOp): string {
  if (op.kind === 'open') return command('enable', 'frontend', op.frontend);
  return command('set', 'maxconn', 'frontend', op.frontend, String(op.maxconn));
}

/** Puts a server in maintenance and takes it out; `cut`: what still runs on it is ended. */
export function deleteCommands(backend: string, name: string, cut: boolean): readonly string[] {
  const target = targetOf(backend, name);
  const end = cut ? [command('shutdown', 'sessions', 'server', target)] : [];
  return [command('set', 'server', target, 'state', 'maint'), ...end, command('del', 'server', target)];
}

/** Begins the new version of a map; HAProxy answers its number. */
export function prepareMap(path: string): string {
  return command('prepare', 'map', path);
}

/** Fills a version of a map, in chunks that fit HAProxy's buffer, and makes it the one that counts. */
export function fillMap(path: string, version: string, map: MapFile): readonly string[] {
  const at = `@${version}`;
  const chunks: string[] = [];
  let chunk = '';
  for (const [key, value] of map.entries) {
    const line = `${command(key, value)}\n`;
    if (chunk !== '' && chunk.length + line.length > CHUNK) {
      chunks.push(chunk);
      chunk = '';
    }
    chunk += line;
  }
  if (chunk !== '') chunks.push(chunk);
  // A payload ends with an empty line, or the connection hangs; the second line end is that of the whole command.
  return [...chunks.map((text) => `${command('add', 'map', at, path)} <<\n${text}`), command('commit', 'map', at, path)];
}

export function newCertificate(path: string): string {
  return command('new', 'ssl', 'cert', path);
}

/** Begins a transaction with a certificate and its key, or gives one another content. Throws `unsafe-word` if the text is none. */
export function setCertificate(path: string, pem: Secret): string {
  const text = pem.reveal();
  if (!/^(?:[\w+/=:,. -]+\n)+$/.test(text)) throw unsafe(path);
  if (text.length > CHUNK) throw tooLong(path, text.length);
  return `${command('set', 'ssl', 'cert', path)} <<\n${text}`;
}

/** HAProxy serves what the transaction has from now on. */
export function commitCertificate(path: string): string {
  return command('commit', 'ssl', 'cert', path);
}

export function abortCertificate(path: string): string {
  return command('abort', 'ssl', 'cert', path);
}

export function deleteCertificate(path: string): string {
  return command('del', 'ssl', 'cert', path);
}

/** Asks for the paths of all certificates, or what one of them says. */
export function showCertificates(...path: readonly string[]): string {
  return command('show', 'ssl', 'cert', ...path);
}

export function showCrtList(path: string): string {
  return command('show', 'ssl', 'crt-list', '-n', path);
}

export function addToCrtList(path: string, entry: CrtListEntry): string {
  if (entry.hosts === undefined && entry.options === undefined) return command('add', 'ssl', 'crt-list', path, entry.path);
  return `${command('add', 'ssl', 'crt-list', path)} <<\n${command(...printEntry(entry).split(' '))}\n`;
}

export function deleteFromCrtList(path: string, { path: entry, line }: CrtListLine): string {
  return command('del', 'ssl', 'crt-list', path, `${entry}:${line}`);
}

export function showMap(path: string): string {
  return command('show', 'map', path);
}

/** Returns the name of an operation in the log and in reasons. */
export function formatOp(op: Op): string {
  if (op.kind === 'file') return `set ${op.file.kind} ${op.file.name}`;
  if (op.kind === 'certificate') return `set certificate ${op.certificate.path}`;
  if (op.kind === 'certificate-gone') return `remove certificate ${op.path}`;
  if (op.kind === 'open' || op.kind === 'limit') return `${op.kind} frontend ${op.frontend}`;
  return `${op.kind} ${op.backend}/${op.server.name}`;
}

/** Characters of payload in one command; HAProxy's `tune.bufsize` is 16384, less a reserve. */
const CHUNK = 12_000;

function weightOf({ server }: ServerOp): string[] {
  return server.weight === 1 ? [] : ['weight', String(server.weight)];
}

function targetOf(backend: string, name: string): string {
  for (const part of [backend, name]) {
    if (part === '' || part.includes('/')) throw unsafe(part);
  }
  return `${backend}/${name}`;
}

/**
 * Words joined by blanks. A `;` or a line end would start another command, a blank another word, a backslash or quote
 * would change the meaning, `<<` would start a payload (HAProxy manual, management guide, section 9.3).
 */
function command(...words: readonly string[]): string {
  for (const word of words) if (!/^[\w.:,@%/[\]()+=~*?!&{}^|-]+$/.test(word)) throw unsafe(word);
  return words.join(' ');
}

function tooLong(path: string, length: number): HaproxyError {
  return new HaproxyError(
    'unsafe-word',
    `the certificate ${path} has ${length} characters, which the running HAProxy does not take at once`,
    {
      retryable: false,
    },
  );
}

function unsafe(word: string): HaproxyError {
  return new HaproxyError(
    'unsafe-word',
    `the word ${JSON.stringify(word.slice(0, 80))} cannot be said to the running HAProxy (blanks, quotes, backslashes, ; < > # $ and other than ASCII are not passed on)`,
    { retryable: false },
  );
}
