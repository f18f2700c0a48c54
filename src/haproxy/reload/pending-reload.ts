import type { ConfigDocument } from '../../render/document.ts';
import type { Applied } from '../applier.ts';
import type { Lock } from '../../lib/mutex.ts';
import type { Reload } from './reload.ts';
import type { Runtime } from '../runtime/runtime.ts';
import { readFileSync } from 'node:fs';
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Logger } from '../../log/logger.ts';

/** A reload is owed from the moment the files change until HAProxy was reloaded; with a marker, also by the next program. */
export interface OwedReload {
  readonly isOwed: boolean;
  owe(): Promise<void>;
  /** Reloads; `doc` is what the files have, where that is known. Throws HaproxyError: it stays owed. */
  pay(request: ReloadRequest): Promise<Applied>;
}

export interface ReloadRequest {
  readonly reasons: readonly string[];
  readonly signal: AbortSignal;
  readonly doc?: ConfigDocument;
  /** Instead of `--max-reload-retries`. */
  readonly retries?: number;
}

export interface OwedReloadDeps {
  readonly reload: Reload;
  readonly gate: ReloadGate;
  readonly marker?: ReloadMarker | undefined;
  /** Nothing is said to the running HAProxy meanwhile. */
  readonly speaking: Lock;
  /** Waits until the new process answers. Undefined: nobody waits. */
  readonly around?: Runtime['around'] | undefined;
}

export function createOwedReload({ reload, gate, marker, speaking, around }: OwedReloadDeps): OwedReload {
  let isOwed = marker?.isThere ?? false;
  const owe = async (): Promise<void> => {
    isOwed = true;
    await marker?.set();
  };

  return {
    get isOwed() {
      return isOwed;
    },
    owe,
    async pay({ reasons, signal, doc, retries }) {
      await owe();
      let attempts = 0;
      await speaking(async () => {
        gate.begin();
        const once = async (): Promise<boolean> => {
          ({ attempts } = await reload(signal, retries));
          return attempts > 0;
        };
        await (around === undefined ? once() : around(doc, once, signal));
      });
      isOwed = false;
      await marker?.clear();
      return { kind: 'reload', reasons, attempts };
    },
  };
}

/** Says when a reload may begin: the first at once, the next ones not before the interval is over. */
export interface ReloadGate {
  /** Whole milliseconds until a reload may begin; 0: now. */
  remaining(): number;
  /** A reload begins. */
  begin(): void;
}

/** `minInterval`: seconds between the beginnings of two reloads; `clock`: milliseconds of a monotonic clock. */
export function createReloadGate(minInterval: number, clock: () => number = () => performance.now()): ReloadGate {
  let last = -Infinity;
  return {
    remaining: () => Math.max(0, Math.ceil(last + minInterval * 1000 - clock())),
    begin() {
      last = clock();
    },
  };
}

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
