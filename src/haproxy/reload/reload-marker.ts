import { readFileSync } from 'node:fs';
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Logger } from '../../log/logger.ts';

/** Remembers over the end of the program that HAProxy may not run what is on disk. */
export interface ReloadMarker {
  /** Whether a program before this one owed a reload. */
  readonly isThere: boolean;
  /** A reload is owed from now on. */
  set(): Promise<void>;
  /** HAProxy runs what is on disk. */
  clear(): Promise<void>;
}

export interface MarkerRequest {
  /** Of the state; need not be there. */
  readonly folder: string;
  /** The configuration it is about: somebody may have two in one folder. */
  readonly config: string;
  readonly log: Logger;
}

/** A file in the state folder. One that cannot be written is said, and does without: the configuration still goes live. */
export function createReloadMarker({ folder, config, log }: MarkerRequest): ReloadMarker {
  const path = join(folder, 'reload-owed');
  const isThere = readIfThere(path) === `${config}\n`;
  let isSet = isThere;
  return {
    isThere,
    async set() {
      if (isSet) return;
      try {
        await mkdir(folder, { recursive: true, mode: 0o750 });
        await writeFile(path, `${config}\n`, { mode: 0o600 });
        isSet = true;
      } catch (error) {
        log.warn(
          `${path} cannot be written: ${String(error)}; a reload that fails is forgotten at the program's end (--state-dir)`,
        );
      }
    },
    async clear() {
      if (!isSet) return;
      await rm(path, { force: true }).then(
        () => (isSet = false),
        (error: unknown) =>
          log.warn(`${path} cannot be removed: ${String(error)}; HAProxy is reloaded at the next start (--state-dir)`),
      );
    },
  };
}

function readIfThere(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return undefined;
  }
}
