import { readlink } from 'node:fs/promises';
import { createServer } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Alert } from './alerts.ts';
import { type Bind, bindKey, bindsIn } from '../../haproxy-config/wanted-binds.ts';
import { systemCode } from '../error.ts';
import { portOwnerOf, type Listening, listening, socketsOf } from './port-owners.ts';
import type { HaproxyProcess } from '../process/processes.ts';

export interface BindRequest {
  /** The configuration that HAProxy is to run. */
  readonly text: string;
  /** What HAProxy runs: its addresses are not tried again. Undefined if that is not known. */
  readonly runs?: string | undefined;
  /** What HAProxy may hold, where its processes cannot be looked into. */
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

/** Whether an address that could not be had could be had now. */
export async function isBindable(bind: Bind): Promise<boolean> {
  const code = await tried(bind);
  return code !== 'EADDRINUSE' && code !== 'EADDRNOTAVAIL';
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

/** Who listens on this machine, and what the HAProxy processes have of it; undefined: not ours to look at. */
interface Sockets {
  readonly listening: readonly Listening[];
  readonly ofHaproxy: readonly (ReadonlySet<string> | undefined)[];
}

async function socketsNow({ processes }: BindRequest): Promise<Sockets> {
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
function tried({ host, port, isOnlyV6 }: Bind): Promise<string | undefined> {
  return new Promise((resolve) => {
    const server = createServer((socket) => socket.destroy());
    server.once('error', (error) => resolve(systemCode(error)));
    server.listen({ host, port, exclusive: true, ipv6Only: isOnlyV6, backlog: 1 }, () => server.close(() => resolve(undefined)));
  });
}

async function taken(bind: Bind, { onDisk }: BindRequest, { listening, ofHaproxy }: Sockets): Promise<string | undefined> {
  const cannot = `cannot bind ${bind.shown}: port ${bind.port} is held by`;
  const others = listening.filter((each) => each.port === bind.port && overlap(each.host, bind.host));
  if (others.length === 0) {
    return `${cannot} a connection that some program of this machine opened; keep service ports out of net.ipv4.ip_local_port_range`;
  }
  const foreign = others.filter(({ inode }) => !ofHaproxy.some((each) => each?.has(inode) === true));
  for (const { inode } of foreign) {
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

function overlap(one: string, other: string): boolean {
  return one === other || [one, other].some((each) => each === '0.0.0.0' || each === '::');
}
