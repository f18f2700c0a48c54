import type { ConfigDocument } from '../../render/document.ts';
import type { Applied } from '../applier.ts';
import type { Lock } from '../../lib/async/mutex.ts';
import type { Reload } from './reload.ts';
import type { Runtime } from '../runtime/runtime.ts';
import { readFileSync } from 'node:fs';
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Logger } from '../../log/logger.ts';

/** A reload that is due: from the moment the files change until HAProxy was reloaded; with a marker, also for the next program. */
export interface PendingReload {
  readonly isPending: boolean;
  remember(): Promise<void>;
  /** Reloads; `doc` is what the files hold, if that is known. If it throws HaproxyError, the reload stays pending. */
  run(request: ReloadRequest): Promise<Applied>;
}

export interface ReloadRequest {
  readonly reasons: readonly string[];
  readonly signal: AbortSignal;
  readonly doc?: ConfigDocument;
  /** Instead of `--max-reload-retries`. */
  readonly retries?: number;
}

export interface PendingReloadDeps {
  readonly reload: Reload;
  readonly rateLimit: ReloadRateLimit;
  readonly marker?: ReloadMarker | undefined;
  /** Keeps commands to the running HAProxy away during the reload. */
  readonly speaking: Lock;
  /** Waits until the new process answers; without it, there is no wait. */
  readonly around?: Runtime['around'] | undefined;
}

export function createPendingReload({ reload, rateLimit, marker, speaking, around }: PendingReloadDeps): PendingReload {
  let isPending = marker?.isThere ?? false;
  const remember = async (): Promise<void> => {
    isPending = true;
    await marker?.set();
  };

  return {
    get isPending() {
      return isPending;
    },
    remember,
    async run({ reasons, signal, doc, retries }) {
      await remember();
      let attempts = 0;
      await speaking(async () => {
        rateLimit.begin();
        const once = async (): Promise<boolean> => {
          ({ attempts } = await reload(signal, retries));
          return attempts > 0;
        };
        await (around === undefined ? once() : around(doc, once, signal));
      });
      isPending = false;
      await marker?.clear();
      return { kind: 'reload', reasons, attempts };
    },
  };
}

/** Limits how often HAProxy is reloaded: the first reload may begin at once, the next ones when the interval is over. */
export interface ReloadRateLimit {
  /** Whole milliseconds until a reload may begin; 0: now. */
  remaining(): number;
  /** Notes that a reload begins. */
  begin(): void;
}

/** `minInterval`: seconds between the beginnings of two reloads; `clock`: milliseconds of a monotonic clock. */
export function createReloadRateLimit(minInterval: number, clock: () => number = () => performance.now()): ReloadRateLimit {
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
  /** Whether an earlier program left a reload pending. */
  readonly isThere: boolean;
  /** Remembers that a reload is pending. */
  set(): Promise<void>;
  /** Forgets it: HAProxy runs what is on disk. */
  clear(): Promise<void>;
}

export interface MarkerRequest {
  /** Of the state; need not be there. */
  readonly folder: string;
  /** The configuration it is about: one folder may have two. */
  readonly config: string;
  readonly log: Logger;
}

/** Keeps the marker as a file in the state folder. If it cannot be written, that is logged, and the configuration still goes live. */
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
