import type { Section, ServerLine } from '../render/document.ts';
import { hasDynamicCookies } from '../render/backends/dynamic-cookies.ts';
import type { Change } from './change.ts';
import type { Op, Ops, ServerOp } from './operations.ts';
import { parseServerLine, type ServerSpec } from './server-line.ts';

/**
 * What makes the servers of a running backend those of the next document. `head` is its head section: there, or in the
 * backend, a `default-server` line may stand, which does not apply to servers that are added at run time (HAProxy manual,
 * `add server`).
 */
export function serverOps(change: Extract<Change, { kind: 'servers' }>, head: Section | undefined): Ops {
  const { section, servers } = change;
  const ops: Op[] = [];
  const cookies = servers.added.length > 0 && section.blocks.some(({ text }) => hasDynamicCookies(text));
  const add = (kind: 'add' | 'remove', line: ServerLine): string | undefined => {
    const server = parseServerLine(line.text);
    if (typeof server === 'string') return notUnderstood(section, line, server);
    ops.push({ kind, backend: section.name, server, ...(kind === 'add' && cookies && { dynamicCookies: true }) });
    return undefined;
  };
  if (servers.added.length > 0 && [head, section].some(hasDefaultServer)) {
    return reload(
      `servers of backend ${section.name} cannot be added to the running HAProxy: default-server does not apply to them`,
    );
  }
  for (const line of servers.added) {
    const fault = add('add', line);
    if (fault !== undefined) return reload(fault);
  }
  for (const { before, after } of servers.changed) {
    const [old, fresh] = [parseServerLine(before.text), parseServerLine(after.text)];
    if (typeof old === 'string') return reload(notUnderstood(section, before, old));
    if (typeof fresh === 'string') return reload(notUnderstood(section, after, fresh));
    const found = changeOps(section.name, old, fresh);
    if (found.kind === 'reload') return found;
    ops.push(...found.ops);
  }
  for (const line of servers.removed) {
    const fault = add('remove', line);
    if (fault !== undefined) return reload(fault);
  }
  return { kind: 'ops', ops };
}

/** What turns one server into another of the same name. */
export function changeOps(backend: string, before: ServerSpec, after: ServerSpec): Ops {
  const ops: ServerOp[] = [];
  if (before.name !== after.name) return reload(`server ${backend}/${before.name} is renamed to ${after.name}`);
  if (before.keywords.join(' ') !== after.keywords.join(' ')) {
    return reload(`server ${backend}/${after.name} has other keywords (${difference(before.keywords, after.keywords)})`);
  }
  if (before.address !== after.address) {
    if (splitAddress(after.address) === undefined) {
      return reload(`server ${backend}/${after.name} has another address, and ${after.address} is not an IP address and port`);
    }
    ops.push({ kind: 'address', backend, server: after });
  }
  if (before.weight !== after.weight) ops.push({ kind: 'weight', backend, server: after });
  if (before.disabled !== after.disabled) ops.push({ kind: after.disabled ? 'disable' : 'enable', backend, server: after });
  return { kind: 'ops', ops };
}

/** `10.0.0.1:80` and `[::1]:80` in parts; undefined for anything else, such as a host name. */
export function splitAddress(address: string): { readonly host: string; readonly port: string } | undefined {
  const [, v6, v4, port] = /^(?:\[([0-9a-fA-F:.]+)\]|(\d+(?:\.\d+){3})):(\d+)$/.exec(address) ?? [];
  const host = v6 ?? v4;
  return host === undefined || port === undefined ? undefined : { host, port };
}

function hasDefaultServer(section: Section | undefined): boolean {
  return section?.blocks.some((block) => /^[ \t]*default-server\b/m.test(block.text)) ?? false;
}

function difference(before: readonly string[], after: readonly string[]): string {
  const gone = before.filter((word) => !after.includes(word)).map((word) => `-${word}`);
  const fresh = after.filter((word) => !before.includes(word)).map((word) => `+${word}`);
  return [...fresh, ...gone].join(' ') || 'order';
}

function notUnderstood(section: Section, line: ServerLine, fault: string): string {
  return `the text of server ${section.name}/${line.name} ${fault}: only a reload can bring it live`;
}

function reload(reason: string): Ops {
  return { kind: 'reload', reason };
}
