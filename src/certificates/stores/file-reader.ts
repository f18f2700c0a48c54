import type { BigIntStats } from 'node:fs';
import { constants, open, stat } from 'node:fs/promises';
import type { AnswerLimit } from '../../lib/async/answer-limit.ts';
import { messageOf, systemCode } from '../../lib/errors.ts';
import { Secret } from '../../lib/secret.ts';
import type { StoredCertificate } from './store.ts';

/** The files of one certificate: with its key, or beside it. */
export interface PairFiles {
  readonly name: string;
  readonly origin: string;
  readonly paths: readonly string[];
}

export interface FileReader {
  /** Returns the same object as the last time if none of the files changed. Throws if there is no answer within the limit. */
  read(files: PairFiles): Promise<StoredCertificate>;
  /** Returns what was read last without looking at the disk; undefined if it was not read yet. */
  known(files: PairFiles): StoredCertificate | undefined;
}

export function createFileReader(limit: AnswerLimit): FileReader {
  const cache = new Map<string, { readonly stamp: string; readonly stored: StoredCertificate }>();
  return {
    known: (files) => cache.get(keyOf(files))?.stored,

    read: (files) =>
      limit(async () => {
        const key = keyOf(files);
        const before = await stampOf(files.paths);
        const found = cache.get(key);
        if (before !== undefined && found?.stamp === before) return found.stored;
        const stored = { name: files.name, origin: files.origin, content: await contentOf(files.paths) };
        // A file that is being written counts as changed once more.
        const after = await stampOf(files.paths);
        cache.set(key, { stamp: before === after && after !== undefined ? after : '', stored });
        return stored;
      }),
  };
}

function keyOf({ paths }: PairFiles): string {
  return paths.join('\n');
}

async function contentOf(paths: readonly string[]): Promise<StoredCertificate['content']> {
  try {
    const texts: string[] = [];
    for (const path of paths) {
      // To open a pipe, and to read a device, may take for ever.
      await using file = await open(path, constants.O_RDONLY | constants.O_NONBLOCK);
      const found = await file.stat();
      if (!found.isFile()) return { fault: 'is not a regular file' };
      if (found.size > LARGEST) return { fault: `is larger than ${LARGEST} bytes` };
      texts.push(await file.readFile('utf8'));
    }
    return new Secret(texts.join('\n'));
  } catch (error) {
    const code = systemCode(error);
    return { fault: code === 'ENOENT' ? 'is not there' : `cannot be read (${code ?? messageOf(error)})` };
  }
}

/** Bytes: a chain of ten certificates with its key is about 30,000. */
const LARGEST = 1_000_000;

/** Returns what differs as soon as one of the files is written, replaced or touched; undefined if one cannot be looked at. */
async function stampOf(paths: readonly string[]): Promise<string | undefined> {
  try {
    const all: BigIntStats[] = [];
    for (const path of paths) all.push(await stat(path, { bigint: true }));
    return all.map(({ ino, size, mtimeNs, ctimeNs }) => `${ino} ${size} ${mtimeNs} ${ctimeNs}`).join('\n');
  } catch {
    return undefined;
  }
}
