/** The journal on disk: `journal.jsonl` in the state folder, for `marathon-lb history`. */
import { closeSync, fstatSync, openSync, readSync } from 'node:fs';
import { type FileHandle, mkdir, open, rename, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { setImmediate as yieldToOthers } from 'node:timers/promises';
import type { Logger } from '../../log/logger.ts';
import type { Entry, Journal } from './journal.ts';
import { fileEntryOf } from './file-entry.ts';

export interface JournalFileOptions {
  /** State folder; made if it is missing. */
  readonly folder: string;
  readonly log: Logger;
  /** Bytes above which a file is put aside. */
  readonly size?: number;
  /** The number of old files that are kept: `journal.jsonl.1` is the newest. */
  readonly old?: number;
}

/** Paths of the journal's files, oldest first; not all need be there. */
export function journalFiles(folder: string, old = OLD): string[] {
  const path = join(folder, 'journal.jsonl');
  return [...Array.from({ length: old }, (_, at) => `${path}.${old - at}`), path];
}

/**
 * Writes each pass of the journal down, after the pass and never in its way: if the disk fails, it logs one warning, and passes go
 * on. Disposing writes what is left.
 */
export function keepJournal(journal: Journal, options: JournalFileOptions): AsyncDisposable {
  const { folder, log, size = 5_000_000, old = OLD } = options;
  const files = journalFiles(folder, old);
  const path = files.at(-1) as string;
  let waiting: Entry[] = [];
  let writing: Promise<void> | undefined;
  let isBroken = false;

  const write = async (): Promise<void> => {
    while (waiting.length > 0) {
      await yieldToOthers();
      const entries = waiting;
      waiting = [];
      try {
        await putAside(files, size);
        const text = entries.map((entry) => `${JSON.stringify(fileEntryOf(entry))}\n`).join('');
        await mkdir(dirname(path), { recursive: true, mode: 0o750 });
        await append(path, text);
        isBroken = false;
      } catch (error) {
        if (!isBroken)
          log.warn(`${path} could not be written: ${String(error)}; the history has a gap until it can (--state-dir)`);
        isBroken = true;
      }
    }
    writing = undefined;
  };

  const end = journal.subscribe((entry) => {
    if (waiting.length < MOST_WAITING) waiting.push(entry);
    writing ??= write();
  });
  return {
    async [Symbol.asyncDispose]() {
      end();
      await writing;
    },
  };
}

/** Number of the last pass that is written down, 0 for none: the next run counts on from there. */
export function lastPass(folder: string): number {
  for (const path of journalFiles(folder).toReversed()) {
    const found = [...tailOf(path).matchAll(/^\{"pass":(\d{1,15}),/gm)].at(-1)?.[1];
    if (found !== undefined) return Number(found);
  }
  return 0;
}

const OLD = 4;

/** A disk that hangs must not fill the memory. */
const MOST_WAITING = 1000;

/** Longer than any line. */
const TAIL = 256 * 1024;

async function putAside(files: readonly string[], size: number): Promise<void> {
  const current = files.at(-1) as string;
  const found = await stat(current).catch(() => undefined);
  if (found === undefined || found.size < size) return;
  for (const [at, path] of files.entries()) {
    const next = files[at + 1];
    if (next !== undefined) await rename(next, path).catch(ignoreMissing);
  }
}

/** Appends whole lines: all of them, or none if the disk is full. Half a line that a killed program left is taken away. */
async function append(path: string, text: string): Promise<void> {
  await using file = await open(path, 'a+', 0o600);
  const { size } = await file.stat();
  const whole = (await endOfLines(file, size, 1)) ?? (await endOfLines(file, size, TAIL)) ?? 0;
  if (whole < size) await file.truncate(whole);
  try {
    await file.appendFile(text);
  } catch (error) {
    await file.truncate(whole).catch(() => {});
    throw error;
  }
}

/** Returns where the last whole line ends, if that is within the last `length` bytes. */
async function endOfLines(file: FileHandle, size: number, length: number): Promise<number | undefined> {
  const tail = Buffer.alloc(Math.min(size, length));
  await file.read(tail, 0, tail.length, size - tail.length);
  const at = tail.lastIndexOf('\n');
  return at === -1 ? undefined : size - tail.length + at + 1;
}

function ignoreMissing(error: NodeJS.ErrnoException): void {
  if (error.code !== 'ENOENT') throw error;
}

function tailOf(path: string): string {
  let file: number | undefined;
  try {
    file = openSync(path, 'r');
    const { size } = fstatSync(file);
    const buffer = Buffer.alloc(Math.min(size, TAIL));
    readSync(file, buffer, 0, buffer.length, size - buffer.length);
    return buffer.toString('utf8');
  } catch {
    return '';
  } finally {
    if (file !== undefined) closeSync(file);
  }
}
