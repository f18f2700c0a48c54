import { readFile, readdir, readlink } from 'node:fs/promises';
import { plainAddress } from '../../haproxy-config/bind.ts';
import { runsHaproxy } from '../process/processes.ts';

/** A TCP socket that listens on this machine. */
export interface Listening {
  readonly host: string;
  readonly port: number;
  /** Number of the socket, by which the processes that have it are found. */
  readonly inode: string;
}

/** A process that has a socket. */
export interface PortOwner {
  readonly pid: number;
  /** `haproxy` also if a dynamic loader runs it. */
  readonly name: string;
}

/** All listening sockets of this network name space, from `/proc/net/tcp` and `tcp6` (proc(5)); empty without `/proc`. */
export async function listening(proc = '/proc'): Promise<Listening[]> {
  const texts = await Promise.all(['tcp', 'tcp6'].map((name) => readFile(`${proc}/self/net/${name}`, 'utf8').catch(() => '')));
  return texts.flatMap((text) => text.split('\n').flatMap(listeningOf));
}

/** The sockets of a process; undefined: not ours to look at. */
export async function socketsOf(pid: number, proc = '/proc'): Promise<ReadonlySet<string> | undefined> {
  try {
    const folder = `${proc}/${pid}/fd`;
    const links = await Promise.all((await readdir(folder)).map((fd) => readlink(`${folder}/${fd}`).catch(() => '')));
    return new Set(links.flatMap((link) => /^socket:\[(\d+)\]$/.exec(link)?.[1] ?? []));
  } catch {
    return undefined;
  }
}

/** Returns the owner of the socket, if this user may see it. */
export async function portOwnerOf(inode: string, proc = '/proc'): Promise<PortOwner | undefined> {
  const pids = (await readdir(proc).catch(() => [])).filter((name) => /^\d+$/.test(name)).map(Number);
  for (const pid of pids) {
    if ((await socketsOf(pid, proc))?.has(inode) !== true) continue;
    const [name, words] = await Promise.all(
      ['comm', 'cmdline'].map((file) => readFile(`${proc}/${pid}/${file}`, 'utf8').catch(() => '')),
    );
    return { pid, name: runsHaproxy((words ?? '').split('\0')) ? 'haproxy' : (name ?? '').trim() };
  }
  return undefined;
}

const LISTEN = '0A';

function listeningOf(row: string): Listening[] {
  const cells = row.trim().split(/\s+/);
  const [, address = '', port = ''] = /^([0-9A-F]+):([0-9A-F]{4})$/.exec(cells[1] ?? '') ?? [];
  const inode = cells[9];
  if (cells[3] !== LISTEN || inode === undefined) return [];
  // Words of 32 bits, each in the machine's own order.
  const bytes = (address.match(/.{8}/g) ?? []).flatMap((word) => (word.match(/../g) ?? []).toReversed());
  const host =
    bytes.length === 4
      ? bytes.map((byte) => Number.parseInt(byte, 16)).join('.')
      : plainAddress((bytes.join('').match(/.{4}/g) ?? []).join(':'));
  return [{ host, port: Number.parseInt(port, 16), inode }];
}
