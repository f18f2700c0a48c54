import { execFile } from 'node:child_process';
import { readdir, readFile, stat } from 'node:fs/promises';
import { basename, join, relative } from 'node:path';
import { promisify } from 'node:util';
import { expect } from 'vitest';
import { findProcesses } from '../../../src/haproxy/process/processes.ts';
import { get } from '../network/request.ts';
import { staleness } from '../soak/leftovers.ts';
import { HOSTS } from '../soak/trouble.ts';
import { SECRET_TEXTS } from './secrets.ts';
import type { World } from './world.ts';

/** Expects that HAProxy and its files have what Marathon says, that requests get there, and that the program says so. */
export async function expectRight(world: World): Promise<void> {
  expect(await staleness(world)).toEqual([]);
  await expectHostsServed(world);
  const text = await readFile(world.config, 'utf8');
  const servers = [...text.matchAll(/^ {2}server \S+ ([\d.]+:\d+)/gm)].map(([, address = '']) => address);
  expect(servers.sort()).toEqual(
    world.sim
      .tasks()
      .map(({ host, ports }) => `${host}:${ports[0]}`)
      .sort(),
  );
  expect(await world.ready()).toMatchObject({ status: 200 });
}

/** Expects that the tasks of each host answer for it, all of them and no others. */
export async function expectHostsServed({ ports, sim }: Pick<World, 'ports' | 'sim'>): Promise<void> {
  for (const host of HOSTS) {
    const tasks = sim.tasks(`/${host.replace('.test', '')}`).map(({ id }) => id);
    const asked = Array.from({ length: 2 * tasks.length + 2 }, () => get('/', { port: ports.http, host }));
    const answers = await Promise.all(asked);
    expect([host, answers.map(({ status }) => status)]).toEqual([host, answers.map(() => 200)]);
    expect([host, new Set(answers.map(({ task }) => task))]).toEqual([host, new Set(tasks)]);
  }
}

/**
 * Returns what is wrong with files: those that are not whole, and those with secrets that all users may read; also secrets in the log.
 * `isCut`: the journal may end with half a line, as the disk is full or its writer was killed; its readers pass over that.
 */
export async function fileFaults(world: World, { isCut = false } = {}): Promise<readonly string[]> {
  const faults: string[] = [];
  for (const path of await filesIn(world.folder)) {
    const file = await look(path);
    if (file === undefined) continue;
    const name = relative(world.folder, path);
    const secret = SECRET_TEXTS.find((each) => file.text.includes(each));
    if (secret !== undefined && (file.mode & 0o004) !== 0) faults.push(`${name}: all users may read ${secret}`);
    const fault = faultOf(basename(path), isCut && path.includes('.jsonl') ? file.text.replace(/[^\n]*$/, '') : file.text);
    if (fault !== undefined) faults.push(`${name}: ${fault}`);
  }
  // Some other file may be the configuration meanwhile: that is whole, too.
  await promisify(execFile)(world.binary, ['-c', '-f', world.config]).catch((error: Error) => faults.push(error.message));
  const told = SECRET_TEXTS.filter((secret) => world.program().text().includes(secret));
  return [...faults, ...told.map((secret) => `the log has ${secret}`), ...(await secretsInCommandLines(world))];
}

/** What a file of its name has to look like; undefined: it does. Temporary ones may be half: nothing reads them. */
function faultOf(name: string, text: string): string | undefined {
  if (/^\..*\.new$/.test(name)) return undefined;
  if (name.startsWith('haproxy.cfg')) return /^global\n[^]*\n$/.test(text) ? undefined : 'is half a configuration';
  if (name.endsWith('.map')) return /^(\S+ \S+\n)*$/.test(text) ? undefined : 'is half a map';
  if (name.endsWith('.pem')) return /-----END [A-Z ]+-----\n$/.test(text) ? undefined : 'is half a certificate';
  const values = name.endsWith('.json') ? [text] : name.includes('.jsonl') ? text.split('\n').slice(0, -1) : [];
  for (const value of values) {
    try {
      JSON.parse(value);
    } catch {
      return `is not JSON: ${value.slice(0, 200)} … ${value.slice(-200)}`;
    }
  }
  return name.includes('.jsonl') && !/(^|\n)$/.test(text) ? `ends with half a line: ${text.slice(-200)}` : undefined;
}

/** Undefined: it has gone meanwhile. */
async function look(path: string): Promise<{ readonly text: string; readonly mode: number } | undefined> {
  try {
    return { mode: (await stat(path)).mode, text: await readFile(path, 'utf8') };
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}

async function filesIn(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { withFileTypes: true, recursive: true });
  return entries.flatMap((entry) => (entry.isFile() ? join(entry.parentPath, entry.name) : []));
}

/** Which all users of the machine see. */
async function secretsInCommandLines(world: World): Promise<string[]> {
  const pids = [world.program().pid, ...(await findProcesses(world.config)).map(({ pid }) => pid)];
  const lines = await Promise.all(pids.map((pid) => readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '')));
  return lines.flatMap((line) => (SECRET_TEXTS.some((secret) => line.includes(secret)) ? `a command line: ${line}` : []));
}
