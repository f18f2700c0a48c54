import { readlink } from 'node:fs/promises';
import { createServer, isIPv4 } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Alert } from './alerts.ts';
import { type Bind, bindKey, bindsIn } from '../../haproxy-config/wanted-binds.ts';
import { type Listening, type PortOwner, portOwnerOf, listening, socketsOf } from './port-owners.ts';
import type { HaproxyProcess } from '../process/processes.ts';
import { systemCode } from '../../lib/errors.ts';

export interface BindRequest {
  /** The configuration that HAProxy is to run. */
  readonly text: string;
  /** The running document: its addresses are not tried again. Undefined if it is not known. */
  readonly runs?: string | undefined;
  /** The addresses that HAProxy may hold, if its processes cannot be inspected. */
  readonly onDisk?: string | undefined;
  /** The HAProxy processes that run with the configuration. */
  readonly processes: readonly HaproxyProcess[];
}

/**
 * The `bind` lines that HAProxy could not have: `haproxy -c` does not try them, HAProxy does not start with one, and a reload that
 * stumbles over one may leave all ports without a listener. Each new one is listened on for a moment; a port below 1024 that only HAProxy may have passes.
 */
export async function unbindable(request: BindRequest): Promise<Alert[]> {
  const { text, runs, processes } = request;
  const held = new Set(bindsIn(runs ?? '').map(bindKey));
  const fresh = bindsIn(text).filter((bind) => !held.has(bindKey(bind)));
  if (fresh.length === 0 || (await isElsewhere(processes))) return [];
  const alerts: Alert[] = [];
  let found: Promise<Sockets> | undefined;
  const sockets = (): Promise<Sockets> => (found ??= socketsNow(request));
  for (const bind of fresh) {
    const message = await fault(bind, request, sockets);
    if (message !== undefined) alerts.push({ line: bind.line, proxies: [], mentions: [], message, bind });
  }
  return alerts;
}

/** Returns whether an address that was in use is free now. */
export async function isBindable(bind: Pick<Bind, 'host' | 'port' | 'isOnlyV6'>): Promise<boolean> {
  const code = await tried(bind);
  return code !== 'EADDRINUSE' && code !== 'EADDRNOTAVAIL';
}

/** A `bind` line whose port is in use by a program other than the given HAProxy processes. */
export interface ForeignListener {
  readonly bind: Bind;
  /** Undefined if the system does not report it. */
  readonly holder: PortOwner | undefined;
}

/**
 * Returns who else listens on the ports of a configuration, other HAProxies included: the system lets several HAProxies share a port
 * (SO_REUSEPORT), and each gets a part of the connections. Empty if the sockets of the given processes cannot be looked at.
 */
export async function foreignListeners(text: string, processes: readonly HaproxyProcess[]): Promise<readonly ForeignListener[]> {
  if (await isElsewhere(processes)) return [];
  const sockets = await socketsNow({ processes });
  if (sockets.ofHaproxy.includes(undefined)) return [];
  const found: ForeignListener[] = [];
  for (const bind of bindsIn(text)) {
    const [first] = foreignOn(bind, sockets);
    if (first !== undefined) found.push({ bind, holder: await portOwnerOf(first.inode) });
  }
  return found;
}

function foreignOn(bind: Bind, { listening, ofHaproxy }: Sockets): readonly Listening[] {
  const others = listening.filter((each) => each.port === bind.port && overlap(each.host, bind.host));
  return others.filter(({ inode }) => !ofHaproxy.some((each) => each?.has(inode) === true));
}

/** Containers may share files and not the network. */
async function isElsewhere(processes: readonly HaproxyProcess[]): Promise<boolean> {
  const own = await networkOf('self');
  const theirs = await Promise.all(processes.map(({ pid }) => networkOf(pid)));
  return theirs.some((each) => each !== undefined && each !== own);
}

function networkOf(pid: number | 'self'): Promise<string | undefined> {
  return readlink(`/proc/${pid}/ns/net`).catch(() => undefined);
}

/** Reads the listeners of this machine and those of the HAProxy processes; undefined: this user may not see them. */
interface Sockets {
  readonly listening: readonly Listening[];
  readonly ofHaproxy: readonly (ReadonlySet<string> | undefined)[];
}

async function socketsNow({ processes }: Pick<BindRequest, 'processes'>): Promise<Sockets> {
  return { listening: await listening(), ofHaproxy: await Promise.all(processes.map(({ pid }) => socketsOf(pid))) };
}

/** Why HAProxy cannot have it. */
async function fault(bind: Bind, request: BindRequest, sockets: () => Promise<Sockets>): Promise<string | undefined> {
  const code = await tried(bind);
  if (code === 'EADDRNOTAVAIL') {
    return `cannot bind ${bind.shown}: this machine has no such address; name one of its own, or none`;
  }
  if (code !== 'EADDRINUSE') return undefined;
  const message = await taken(bind, request, await sockets());
  return message === undefined || (await isSoonFree(bind)) ? undefined : message;
}

/** Another daemon of this machine may try the same port at the same moment. */
async function isSoonFree(bind: Bind): Promise<boolean> {
  for (const pause of PAUSES) {
    await sleep(pause);
    if ((await tried(bind)) !== 'EADDRINUSE') return true;
  }
  return false;
}

/** Milliseconds. */
const PAUSES = [20, 50, 110];

/** The system's code for what stands against it. */
function tried({ host, port, isOnlyV6 }: Pick<Bind, 'host' | 'port' | 'isOnlyV6'>): Promise<string | undefined> {
  return new Promise((resolve) => {
    const server = createServer((socket) => socket.destroy());
    server.once('error', (error) => resolve(systemCode(error)));
    server.listen({ host, port, exclusive: true, ipv6Only: isOnlyV6, backlog: 1 }, () => server.close(() => resolve(undefined)));
  });
}

async function taken(bind: Bind, { onDisk }: BindRequest, sockets: Sockets): Promise<string | undefined> {
  const { listening, ofHaproxy } = sockets;
  const cannot = `cannot bind ${bind.shown}: port ${bind.port} is held by`;
  if (!listening.some((each) => each.port === bind.port && overlap(each.host, bind.host))) {
    return `${cannot} a connection that some program of this machine opened; keep service ports out of net.ipv4.ip_local_port_range`;
  }
  for (const { inode } of foreignOn(bind, sockets)) {
    const holder = await portOwnerOf(inode);
    // HAProxies share ports with each other (SO_REUSEPORT).
    if (holder?.name === 'haproxy') continue;
    if (holder !== undefined)
      return `${cannot} another program (pid ${holder.pid}, ${holder.name}); stop it, or take another port`;
    const isPerhapsOurs = ofHaproxy.includes(undefined) && bindsIn(onDisk ?? '').some(({ port }) => port === bind.port);
    if (!isPerhapsOurs) return `${cannot} another program; stop it, or take another port`;
  }
  return undefined;
}

/** `0.0.0.0` is all of IPv4; `::` may be both, which `/proc` does not tell. */
function overlap(one: string, other: string): boolean {
  if (one === other || one === '::' || other === '::') return true;
  return one === '0.0.0.0' ? isIPv4(other) : other === '0.0.0.0' && isIPv4(one);
}
