import { readdir, readFile } from 'node:fs/promises';

/** Undefined: there is no such process. */
export async function parentOf(pid: number): Promise<number | undefined> {
  return (await look(String(pid)))?.parent;
}

/** Descendants of a process that have ended and that nobody has taken note of. */
export async function zombiesBelow(root: number): Promise<number[]> {
  return (await below(root)).flatMap(({ pid, state }) => (state === 'Z' ? pid : []));
}

/** The HAProxies below a process that another program started. */
export async function mastersBelow(root: number): Promise<number[]> {
  const found = (await below(root)).filter(({ name, state }) => name === 'haproxy' && state !== 'Z');
  const all = new Set(found.map(({ pid }) => pid));
  return found.flatMap(({ pid, parent }) => (all.has(parent) ? [] : pid));
}

interface Process {
  readonly pid: number;
  readonly parent: number;
  /** As in proc(5): `Z` for a zombie. */
  readonly state: string;
  readonly name: string;
}

async function below(root: number): Promise<Process[]> {
  const names = (await readdir('/proc')).filter((name) => /^\d+$/.test(name));
  const all = (await Promise.all(names.map(look))).filter((each) => each !== undefined);
  const parents = new Map(all.map(({ pid, parent }) => [pid, parent]));
  return all.filter(({ parent }) => {
    for (let at: number | undefined = parent; at !== undefined && at > 1; at = parents.get(at)) if (at === root) return true;
    return false;
  });
}

async function look(pid: string): Promise<Process | undefined> {
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => undefined);
  const [, name = '', state = '', parent] = /^\d+ \((.*)\) (\S) (\d+)/s.exec(stat ?? '') ?? [];
  return parent === undefined ? undefined : { pid: Number(pid), parent: Number(parent), state, name };
}
