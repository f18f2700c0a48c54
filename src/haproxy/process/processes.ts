import { readFile, readdir, readlink, realpath } from 'node:fs/promises';
import { basename, dirname, resolve } from 'node:path';

/** A running HAProxy; two of the same `pid` and `started` are the same process, as numbers are used again. */
export interface HaproxyProcess {
  readonly pid: number;
  /** Clock ticks from the machine's start, field 22 of `/proc/PID/stat`. */
  readonly started: string;
  /** Process that started it. */
  readonly parent?: number;
}

/**
 * The HAProxy processes that run with this configuration file: masters and workers, old ones too; checks (`-c`) and
 * other HAProxies of the machine do not count. Empty if there is no `/proc`.
 */
export async function findProcesses(config: string, proc = '/proc'): Promise<HaproxyProcess[]> {
  const wanted = await real(resolve(config));
  const pids = (await readdir(proc).catch(() => [])).filter((name) => /^\d+$/.test(name));
  const found = await Promise.all(pids.map((pid) => look(proc, pid, wanted)));
  return found.filter((each) => each !== undefined);
}

async function look(proc: string, pid: string, wanted: string): Promise<HaproxyProcess | undefined> {
  try {
    const argv = (await readFile(`${proc}/${pid}/cmdline`, 'utf8')).split('\0');
    const files = configsOf(argv);
    if (files.length === 0) return undefined;
    const folder = files.every((file) => file.startsWith('/')) ? '/' : await readlink(`${proc}/${pid}/cwd`);
    const paths = await Promise.all(files.map((file) => real(resolve(folder, file))));
    // HAProxy reads the files `*.cfg` of a folder, too.
    const isOfFolder = wanted.endsWith('.cfg') && paths.includes(dirname(wanted));
    if (!isOfFolder && !paths.includes(wanted)) return undefined;
    const stat = fieldsOf(await readFile(`${proc}/${pid}/stat`, 'utf8'));
    return { pid: Number(pid), started: stat[19] ?? '', parent: Number(stat[1]) };
  } catch {
    return undefined; // gone meanwhile, or not ours to look at
  }
}

/** Returns when a process started, in clock ticks from the machine's start; empty if it does not run or the system does not tell. */
export async function startOf(pid: number, proc = '/proc'): Promise<string> {
  const stat = await readFile(`${proc}/${pid}/stat`, 'utf8').catch(() => '');
  const fields = stat === '' ? [] : fieldsOf(stat);
  // A process that has ended stays until its parent asks for its status (proc_pid_stat(5): Z).
  return fields[0] === 'Z' ? '' : (fields[19] ?? '');
}

/** The files after `-f` of an HAProxy's command line; none for other programs and for checks. */
export function configsOf(argv: readonly string[]): string[] {
  const words = argv.slice(programAt(argv) + 1);
  if (words.length === argv.length || words.includes('-c')) return [];
  const files: string[] = [];
  for (const [at, word] of words.entries()) {
    const next = words[at + 1];
    if (word === '-f' && next !== undefined && next !== '') files.push(next);
  }
  return files;
}

/** Returns whether a command line is that of an HAProxy, under any process name. */
export function runsHaproxy(argv: readonly string[]): boolean {
  return programAt(argv) !== -1;
}

/** Place of the word `…/haproxy`: the first, or behind a dynamic loader (`ld-linux-x86-64.so.2 --argv0 … haproxy -f …`). -1: none. */
function programAt(argv: readonly string[]): number {
  const first = argv[0] ?? '';
  if (isHaproxy(first)) return 0;
  return /^ld(-.+)?\.so(\.\d+)?$/.test(basename(first)) ? argv.findIndex(isHaproxy) : -1;
}

function isHaproxy(word: string): boolean {
  return basename(word) === 'haproxy';
}

/** The fields of `/proc/PID/stat` from the third on. */
function fieldsOf(stat: string): string[] {
  // The second field is the program's name in parentheses and may hold blanks and parentheses itself.
  return stat.slice(stat.lastIndexOf(')') + 2).split(' ');
}

async function real(path: string): Promise<string> {
  return realpath(path).catch(() => path);
}

/** Returns the number of workers of earlier generations, which live until their last connection ends. */
export function oldWorkers(processes: readonly HaproxyProcess[]): number {
  const parents = new Set(processes.map((each) => each.parent));
  // A master is a parent of others; without master-worker mode there is none.
  const workers = processes.filter((each) => !parents.has(each.pid));
  return Math.max(0, workers.length - 1);
}
