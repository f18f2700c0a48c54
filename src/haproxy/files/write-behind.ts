import type { Logger } from '../../log/logger.ts';
import type { ConfigDocument } from '../../render/document.ts';
import type { Lock } from '../../lib/async/mutex.ts';
import { messageOf } from '../../lib/errors.ts';

/** Lets the files follow what HAProxy runs: the newest document is written, at most a moment after it came. */
export interface WriteBehind extends AsyncDisposable {
  /** HAProxy runs this now. */
  follow(doc: ConfigDocument): void;
  /** The files have it, or something newer; to be called under the lock. */
  written(): void;
  /** Writes what is not written yet; throws what `write` throws. */
  flush(): Promise<void>;
}

export interface FollowDeps {
  readonly write: (doc: ConfigDocument) => Promise<void>;
  /** Nothing else writes the files meanwhile. */
  readonly lock: Lock;
  readonly log: Logger;
  /** Milliseconds. */
  readonly delay?: number;
}

/** Milliseconds until the files have what HAProxy runs. */
export const WRITE_DELAY = 600;

/** A write that fails is tried again. */
export function createWriteBehind({ write, lock, log, delay = WRITE_DELAY }: FollowDeps): WriteBehind {
  let newest: ConfigDocument | undefined;
  let timer: ReturnType<typeof setTimeout> | undefined;

  const writeNewest = async (): Promise<void> => {
    const doc = newest;
    if (doc === undefined) return;
    await write(doc);
    if (newest === doc) newest = undefined;
  };
  const flush = async (): Promise<void> => {
    clearTimeout(timer);
    timer = undefined;
    await lock(writeNewest);
  };
  const later = (ms: number): void => {
    timer ??= setTimeout(() => {
      void flush().catch((error: unknown) => {
        log.error(`HAProxy has changes that are not in its files yet: ${messageOf(error)}`);
        later(RETRY);
      });
    }, ms).unref();
  };

  return {
    follow(doc) {
      newest = doc;
      later(delay);
    },
    written() {
      newest = undefined;
      clearTimeout(timer);
      timer = undefined;
    },
    flush,
    [Symbol.asyncDispose]: flush,
  };
}

/** Milliseconds after a write that failed. */
const RETRY = 2000;
