/** Load balancers that run on this machine, and what they were started with. */
import { readFile, readdir, readlink } from 'node:fs/promises';
import { basename } from 'node:path';
import type { Env } from '../../config/options/read.ts';

export interface RunningProcess {
  readonly pid: number;
  /** The words after the program: `run sse --marathon …`. */
  readonly words: readonly string[];
  /** Undefined if this user may not look at it. */
  readonly env: Env | undefined;
  readonly cwd: string;
}

/**
 * Returns the processes of this program that follow Marathon; empty if there is no `/proc`. `own`: this process. What they were started with is
 * believed, so only those of root and of this user count: another user could name any program as HAProxy. Processes in containers are left out,
 * as their files and sockets are others.
 */
export async function findRunning(
  proc = '/proc',
  { own = process.pid, uid = process.getuid?.() ?? 0 }: { readonly own?: number; readonly uid?: number } = {},
): Promise<readonly RunningProcess[]> {
  const here = await spacesOf(`${proc}/self`);
  const pids = (await readdir(proc).catch(() => [])).filter((name) => /^\d+$/.test(name) && Number(name) !== own);
  const found = await Promise.all(pids.map((pid) => look(proc, pid, uid, here)));
  return found.filter((each) => each !== undefined).toSorted((a, b) => a.pid - b.pid);
}

async function look(proc: string, pid: string, uid: number, here: string): Promise<RunningProcess | undefined> {
  const owner = await ownerOf(`${proc}/${pid}`);
  if (owner !== 0 && owner !== uid) return undefined;
  const words = wordsAfterProgram(await strings(`${proc}/${pid}/cmdline`).catch(() => []));
  if (words === undefined || !follows(words)) return undefined;
  const spaces = await spacesOf(`${proc}/${pid}`);
  if (spaces !== '' && spaces !== here) return undefined;
  const env = await strings(`${proc}/${pid}/environ`).catch(() => undefined);
  const cwd = await readlink(`${proc}/${pid}/cwd`).catch(() => '/');
  return { pid: Number(pid), words, env: env && Object.fromEntries(env.map(splitPair)), cwd };
}

/** Real user id of a process. The owner of its folder is no help: it is root for a process that may not be dumped. */
async function ownerOf(folder: string): Promise<number | undefined> {
  const status = await readFile(`${folder}/status`, 'utf8').catch(() => '');
  const uid = /^Uid:\s+(\d+)/m.exec(status)?.[1];
  return uid === undefined ? undefined : Number(uid);
}

/** The name spaces of a process that decide which files and sockets it means; empty: this user may not know. */
async function spacesOf(folder: string): Promise<string> {
  const names = await Promise.all(['mnt', 'net'].map((name) => readlink(`${folder}/ns/${name}`).catch(() => '')));
  return names.includes('') ? '' : names.join(' ');
}

/** The names of this program's file on the command line of Node. */
const PROGRAMS = new Set(['bin.js', 'marathon-lb', 'marathon_lb.py']);

function wordsAfterProgram(argv: readonly string[]): readonly string[] | undefined {
  if (!/^node(js)?$/.test(basename(argv[0] ?? ''))) return undefined;
  const at = argv.findIndex((word, place) => place > 0 && !word.startsWith('-'));
  return at !== -1 && PROGRAMS.has(basename(argv[at] ?? '')) ? argv.slice(at + 1) : undefined;
}

function follows(words: readonly string[]): boolean {
  return words[0] === 'run' || words.some((word) => /^(?:--sse|-s|--listening(?:=.*)?|-l)$/.test(word));
}

async function strings(path: string): Promise<string[]> {
  const text = await readFile(path, 'utf8');
  return text.split('\0').slice(0, -1);
}

function splitPair(pair: string): readonly [string, string] {
  const at = pair.indexOf('=');
  return [pair.slice(0, at), pair.slice(at + 1)];
}
