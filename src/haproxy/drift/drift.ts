import type { Op } from '../../plan/operations.ts';
import { countCostly, MAX_OPS } from '../../plan/runtime-ops.ts';
import { type ServerSpec, splitAddress } from '../../haproxy-config/server-line.ts';
import { linesOf } from '../../haproxy-config/words.ts';
import { serverOps } from '../../plan/server-ops.ts';
import type { ConfigDocument, Section, ServerLine } from '../../render/document.ts';
import { findCertificateDrift } from './drift-certificates.ts';
import type { RunningState } from './read-state.ts';
import { type Drift, findFrontendDrift } from './drift-frontends.ts';
import type { ServerState } from '../runtime/replies.ts';

/** Compares what HAProxy has with what it should have. `isLeaving`: servers that are being removed already. */
export function findDrift(
  doc: ConfigDocument,
  actual: RunningState,
  isLeaving: (backend: string, name: string) => boolean,
): Drift {
  const texts: string[] = [];
  const ops: Op[] = [];
  let reload: string | undefined;
  const backends = new Set(actual.backends);
  const servers = byBackend(actual.servers);
  const head = doc.sections.find((section) => section.kind === 'head');
  for (const section of doc.sections) {
    if (section.kind !== 'backend' || section.servers === undefined) continue;
    if (!backends.has(section.name)) {
      texts.push(`backend ${section.name} is missing`);
      reload ??= `HAProxy does not have backend ${section.name}`;
      continue;
    }
    const found = findBackendDrift(section, head, servers.get(section.name) ?? [], isLeaving);
    texts.push(...found.texts);
    ops.push(...found.ops);
    reload ??= found.reload;
  }
  const gates = findFrontendDrift(doc, head, actual.frontends);
  texts.push(...gates.texts);
  ops.push(...gates.ops);
  reload ??= gates.reload;
  for (const file of doc.files) {
    const state = actual.files.get(file.name);
    // HAProxy does not know a file that no line refers to.
    if (state === 'same' || (state === 'missing' && !isNamed(doc, file.name))) continue;
    texts.push(`${file.kind} ${file.name} has other content`);
    ops.push({ kind: 'file', file });
  }
  const certificates = findCertificateDrift(doc, actual.certificates);
  texts.push(...certificates.texts);
  // A list names certificates that HAProxy has, and HAProxy forgets those that no list names.
  ops.unshift(...certificates.ops);
  ops.push(...certificates.last);
  const count = countCostly(ops);
  if (count > MAX_OPS) reload ??= `${count} commands at once cost more than a reload`;
  return { texts, ops, reload };
}

function findBackendDrift(
  section: Section,
  head: Section | undefined,
  actual: readonly ServerState[],
  isLeaving: (backend: string, name: string) => boolean,
): Drift {
  const texts: string[] = [];
  const ops: Op[] = [];
  const backend = section.name;
  const others = otherServersOf([head, section]);
  const wanted = new Map<string, { readonly line: ServerLine; readonly server: ServerSpec }>();
  for (const line of section.servers ?? []) {
    const { spec } = line;
    // Unreadable servers cannot be compared: they come and go with reloads only.
    if (spec.kind === 'opaque') return { texts, ops, reload: undefined };
    wanted.set(spec.name, { line, server: spec });
  }
  const there = new Map(actual.filter((each) => !isLeaving(backend, each.name)).map((each) => [each.name, each]));
  const added: ServerLine[] = [];
  for (const [name, { line, server }] of wanted) {
    const state = there.get(name);
    if (state === undefined) {
      texts.push(`server ${backend}/${name} is missing`);
      added.push(line);
    } else findServerDrift(backend, server, state, others, texts, ops);
  }
  const servers = { added, removed: [], changed: [], moved: false };
  const adding = serverOps({ kind: 'servers', section, servers }, head);
  const removing: Op[] = [];
  for (const state of there.values()) {
    if (wanted.has(state.name) || others.isServer(state.name)) continue;
    texts.push(`server ${backend}/${state.name} is there, but not in the configuration`);
    removing.push({ kind: 'remove', backend, server: specOf(state) });
  }
  if (adding.kind === 'reload') return { texts, ops, reload: adding.reason };
  return { texts, ops: [...adding.ops, ...ops, ...removing], reload: undefined };
}

function findServerDrift(
  backend: string,
  server: ServerSpec,
  state: ServerState,
  others: OtherServers,
  texts: string[],
  ops: Op[],
): void {
  const name = `server ${backend}/${server.name}`;
  const address = splitAddress(server.address);
  if (address !== undefined && (canonical(address.host) !== canonical(state.host) || address.port !== state.port)) {
    texts.push(`${name} has the address ${state.host}:${state.port} instead of ${server.address}`);
    ops.push({ kind: 'address', backend, server });
  }
  if ((server.check && state.check === 'off') || (server.agent && state.agent === 'off')) {
    texts.push(`${name} is not checked any more`);
    ops.push({ kind: 'check', backend, server });
  }
  // A server with an agent reports its weight and state itself; with defaults for servers its line does not say them all.
  if (server.agent || others.hasDefaults) return;
  if (server.weight !== state.weight) {
    texts.push(`${name} has weight ${state.weight} instead of ${server.weight}`);
    ops.push({ kind: 'weight', backend, server });
  }
  if (server.disabled && !state.maintenance) {
    texts.push(`${name} is not in maintenance`);
    ops.push({ kind: 'disable', backend, server });
  } else if (!server.disabled && (state.maintenance || state.draining)) {
    texts.push(`${name} is ${state.maintenance ? 'in maintenance' : 'draining'}`);
    ops.push({ kind: 'enable', backend, server });
  } else if (state.isDown && state.check === 'none' && !server.keywords.includes('track')) {
    texts.push(`${name} is down, though nothing checks it`);
    ops.push({ kind: 'up', backend, server });
  }
}

/** Returns the settings for servers in the text of a backend, besides the lines of its tasks. */
interface OtherServers {
  /** There is a `default-server` line. */
  readonly hasDefaults: boolean;
  /** Returns whether a template has this server (a sorry server, say), so that it is left alone. */
  isServer(name: string): boolean;
}

function otherServersOf(sections: readonly (Section | undefined)[]): OtherServers {
  const texts = sections.flatMap((section) => section?.blocks.map(({ text }) => text) ?? []);
  const hasDefaults = texts.some((text) => linesOf(text, 'default-server').length > 0);
  const names = new Set(texts.flatMap((text) => linesOf(text, 'server').map(([, name = '']) => name)));
  const prefixes = texts.flatMap((text) => linesOf(text, 'server-template').map(([, name = '']) => name));
  return {
    hasDefaults,
    isServer: (name) =>
      names.has(name) || prefixes.some((prefix) => name.startsWith(prefix) && /^\d+$/.test(name.slice(prefix.length))),
  };
}

function isNamed(doc: ConfigDocument, file: string): boolean {
  return doc.sections.some((section) => section.blocks.some(({ text }) => text.includes(file)));
}

function specOf(state: ServerState): ServerSpec {
  return {
    kind: 'server',
    name: state.name,
    address: `${state.host}:${state.port}`,
    keywords: [],
    weight: state.weight,
    disabled: state.maintenance,
    check: false,
    agent: false,
  };
}

/** Returns the one spelling of an address: IPv6 has many. */
function canonical(host: string): string {
  if (!host.includes(':')) return host;
  return URL.canParse(`http://[${host}]`) ? new URL(`http://[${host}]`).hostname : host;
}

function byBackend(servers: readonly ServerState[]): Map<string, ServerState[]> {
  const result = new Map<string, ServerState[]>();
  for (const server of servers) {
    const others = result.get(server.backend);
    if (others === undefined) result.set(server.backend, [server]);
    else others.push(server);
  }
  return result;
}
