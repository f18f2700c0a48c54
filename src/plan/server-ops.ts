import type { Section, ServerLine } from '../render/document.ts';
import { type OpaqueServer, type ServerSpec, splitAddress } from '../haproxy-config/server-line.ts';
import { linesOf } from '../haproxy-config/words.ts';
import { hasDynamicCookies } from '../render/backends/backend.ts';
import type { Change } from './change.ts';
import type { Op, Ops, ServerOp } from './operations.ts';

/**
 * Plans what makes the servers of a running backend those of the next document. `head` is its head section: there, or in the
 * backend, a `default-server` line may stand, which does not apply to servers that are added at run time (HAProxy manual,
 * `add server`).
 */
export function serverOps(change: Extract<Change, { kind: 'servers' }>, head: Section | undefined): Ops {
  const { section, servers } = change;
  const ops: Op[] = [];
  const cookies = servers.added.length > 0 && section.blocks.some(({ text }) => hasDynamicCookies(text));
  if (servers.added.length > 0 && [head, section].some(hasDefaultServer)) {
    return reload(
      `servers of backend ${section.name} cannot be added to the running HAProxy: default-server does not apply to them`,
    );
  }
  for (const line of servers.added) {
    if (line.spec.kind === 'opaque') return onlyReload(section, line, line.spec);
    ops.push({ kind: 'add', backend: section.name, server: line.spec, ...(cookies && { dynamicCookies: true }) });
  }
  for (const { before, after } of servers.changed) {
    if (before.spec.kind === 'opaque') return onlyReload(section, before, before.spec);
    if (after.spec.kind === 'opaque') return onlyReload(section, after, after.spec);
    const found = changeOps(section.name, before.spec, after.spec);
    if (found.kind === 'reload') return found;
    ops.push(...found.ops);
  }
  for (const line of servers.removed) {
    if (line.spec.kind === 'opaque') return onlyReload(section, line, line.spec);
    ops.push({ kind: 'remove', backend: section.name, server: line.spec });
  }
  return { kind: 'ops', ops };
}

/** Plans what turns one server into another of the same name. */
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

function hasDefaultServer(section: Section | undefined): boolean {
  return section?.blocks.some((block) => linesOf(block.text, 'default-server').length > 0) ?? false;
}

function difference(before: readonly string[], after: readonly string[]): string {
  const gone = before.filter((word) => !after.includes(word)).map((word) => `-${word}`);
  const fresh = after.filter((word) => !before.includes(word)).map((word) => `+${word}`);
  return [...fresh, ...gone].join(' ') || 'order';
}

function onlyReload(section: Section, line: ServerLine, { why }: OpaqueServer): Ops {
  return reload(`the text of server ${section.name}/${line.name} ${why}: only a reload can bring it live`);
}

function reload(reason: string): Ops {
  return { kind: 'reload', reason };
}
