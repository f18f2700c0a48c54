import { accessSync, constants, existsSync, readFileSync, readdirSync, statSync } from 'node:fs';
import { hostname, tmpdir } from 'node:os';
import { askHaproxy, type HaproxyAnswer } from './versions/ask-version.ts';
import type { Env } from './options/read.ts';

/** The facts about the machine that the settings depend on; a parameter, so that tests can replace them. */
export interface Machine {
  readonly env: Env;
  /** As `process.platform`. */
  readonly platform: string;
  readonly cwd: string;
  /** User id; undefined where the system has none. */
  readonly uid: number | undefined;
  readonly tmpdir: string;
  readonly hostname: string;
  /** Hard limit of open files; undefined: not known. */
  readonly openFiles: number | undefined;
  /** Throws as `readFileSync` does. */
  readonly readFile: (path: string) => string;
  /** Names in a folder; throws as `readdirSync` does. */
  readonly listFolder: (path: string) => readonly string[];
  readonly exists: (path: string) => boolean;
  readonly isProgram: (path: string) => boolean;
  /** Permission bits and group of a file or folder; undefined: it is not there. */
  readonly accessOf: (path: string) => { readonly mode: number; readonly gid: number } | undefined;
  /** Whether this program may write to a file or folder that is there. */
  readonly isWritable: (path: string) => boolean;
  /** Asks a HAProxy program for its version. */
  readonly askHaproxy: (binary: string) => HaproxyAnswer;
}

/** This machine. */
export function thisMachine(env: Env = process.env): Machine {
  return {
    env,
    platform: process.platform,
    cwd: process.cwd(),
    uid: process.getuid?.(),
    tmpdir: tmpdir(),
    hostname: hostname(),
    openFiles: readOpenFiles(),
    readFile: (path) => readFileSync(path, 'utf8'),
    listFolder: (path) => readdirSync(path),
    exists: existsSync,
    isProgram,
    accessOf: (path) => statSync(path, { throwIfNoEntry: false }),
    isWritable,
    askHaproxy: (binary) => askHaproxy(binary, env),
  };
}

/** The hard limit from `/proc/self/limits`: HAProxy raises its soft limit to that by itself. */
function readOpenFiles(): number | undefined {
  let limits: string;
  try {
    limits = readFileSync('/proc/self/limits', 'utf8');
  } catch {
    return undefined;
  }
  const found = /^Max open files +\S+ +(\d+|unlimited)/m.exec(limits)?.[1];
  return found === 'unlimited' ? Infinity : found === undefined ? undefined : Number(found);
}

function isProgram(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return statSync(path).isFile();
  } catch {
    return false;
  }
}

function isWritable(path: string): boolean {
  try {
    accessSync(path, constants.W_OK);
    return true;
  } catch {
    return false;
  }
}
