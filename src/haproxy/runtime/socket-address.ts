import { linesOf, readWords, sureWords } from '../../haproxy-config/words.ts';
import type { ConfigDocument } from '../../render/document.ts';

/** Where a socket of HAProxy listens. */
export type SocketAddress =
  | { readonly kind: 'path'; readonly path: string }
  | { readonly kind: 'tcp'; readonly host: string; readonly port: number };

/** The runtime socket, or why there is none that can be used and what to do about it. */
export type FoundSocket =
  | { readonly kind: 'found'; readonly address: SocketAddress }
  | { readonly kind: 'none'; readonly advice: string };

/** Finds the runtime socket in the head of a document: the first `stats socket` line with `level admin` whose address is sure. */
export function runtimeSocket(doc: ConfigDocument): FoundSocket {
  const text = doc.sections
    .flatMap((section) => (section.kind === 'head' ? section.blocks.map((block) => block.text) : []))
    .join('');
  const lines = text.split('\n').filter((line) => readWords(line).slice(0, 2).join(' ') === 'stats socket');
  const unixBind = linesOf(text, 'unix-bind')[0] ?? [];
  const prefix = unixBind.includes('prefix') ? (unixBind[unixBind.indexOf('prefix') + 1] ?? '') : '';
  const admin = lines.filter((line) => / level admin( |$)/.test(readWords(line).join(' ')));
  for (const line of admin) {
    const word = sureWords(line)?.[2];
    const address = word === undefined ? undefined : readAddress(word, prefix);
    if (address !== undefined) return { kind: 'found', address };
  }
  const fault =
    lines.length === 0
      ? 'has no stats socket'
      : admin.length === 0
        ? 'has no stats socket with "level admin"'
        : 'has a stats socket whose address is neither an absolute path nor an IP address and port';
  return {
    kind: 'none',
    advice: `HAPROXY_HEAD ${fault}, so every change is a reload. Add to its global section: stats socket /var/run/haproxy/socket mode 600 level admin expose-fd listeners`,
  };
}

/** `/run/x.sock`, `127.0.0.1:9999`, as in a `bind` line; undefined: not one that can be connected to. */
export function readAddress(text: string, prefix = ''): SocketAddress | undefined {
  const word = text.replace(/^(unix|ipv4|ipv6|tcp|tcp4|tcp6|uxst)@/, '');
  if (/["'\\$@]/.test(word)) return undefined;
  if (`${prefix}${word}`.startsWith('/')) return { kind: 'path', path: `${prefix}${word}` };
  const [, host = '', port] = /^(.*):(\d+)$/.exec(word) ?? [];
  if (port === undefined) return undefined;
  const bare = host.replace(/^\[(.*)\]$/, '$1');
  if (!/^(\*|[0-9a-fA-F:.]*)$/.test(bare)) return undefined;
  const anywhere: Record<string, string> = { '': '127.0.0.1', '*': '127.0.0.1', '0.0.0.0': '127.0.0.1', '::': '::1' };
  return { kind: 'tcp', host: anywhere[bare] ?? bare, port: Number(port) };
}

/** An address as people write it. */
export function formatAddress(address: SocketAddress): string {
  return address.kind === 'path' ? address.path : `${address.host}:${address.port}`;
}
