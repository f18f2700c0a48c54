/** A value that is kept over restarts: one file in the state folder. */
import { mkdir, readFile, rename } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { temporaryFor, writeDurably } from '../../lib/atomic-write.ts';
import type { Logger } from '../../log/logger.ts';
import { systemCode } from '../../lib/errors.ts';

/** Keeps a value on disk; disposing writes what is still to be written. */
export interface StateFile<Value> extends AsyncDisposable {
  /** Returns what was kept. Never throws: a file that cannot be read is a warning, and nothing is known. */
  read(): Promise<Value>;
  /** Keeps a value from now on; it is written some time later, for many changes once. */
  keep(value: Value): void;
}

export interface StateFileOptions<Value> {
  /** State folder; made if it is missing. */
  readonly folder: string;
  readonly name: string;
  readonly log: Logger;
  /** Milliseconds that pass before it is written. */
  readonly delay: number;
  /** Milliseconds after a write that failed. */
  readonly retry?: number;
  readonly none: () => Value;
  /** Throws if the text is not one of a value. */
  readonly parse: (text: string) => Value;
  readonly print: (value: Value) => string;
  /** The effect if it cannot be written. */
  readonly loss: string;
}

/** Creates a file that is readable for its owner only. */
export function createStateFile<Value>({
  folder,
  name,
  log,
  delay,
  retry = 5000,
  none,
  parse,
  print,
  loss,
}: StateFileOptions<Value>): StateFile<Value> {
  const path = join(folder, name);
  const ended = new AbortController();
  let wanted: { readonly value: Value } | undefined;
  let written: string | undefined;
  let writing: Promise<void> | undefined;
  let isBroken = false;

  const write = async (): Promise<void> => {
    for (let pause = delay; wanted !== undefined;) {
      // If the program ends, at once.
      await sleep(pause, undefined, { signal: ended.signal, ref: false }).catch(() => {});
      const tried: { readonly value: Value } = wanted;
      const text = print(tried.value);
      wanted = undefined;
      if (text === written) continue;
      try {
        await mkdir(folder, { recursive: true, mode: 0o750 });
        const temporary = await temporaryFor(path);
        await writeDurably(temporary, text, { mode: 0o600 });
        await rename(temporary, path);
        written = text;
        isBroken = false;
        pause = delay;
      } catch (error) {
        if (!isBroken) log.warn(`${path} cannot be written: ${String(error)}; ${loss} (--state-dir)`);
        isBroken = true;
        if (ended.signal.aborted) break;
        // The disk may work again before the value changes.
        wanted ??= tried;
        pause = retry;
      }
    }
    writing = undefined;
  };

  return {
    async read() {
      try {
        const text = await readFile(path, 'utf8');
        const value = parse(text);
        written = text;
        return value;
      } catch (error) {
        if (systemCode(error) !== 'ENOENT') log.warn(`${path} cannot be read and is passed over: ${String(error)}`);
        return none();
      }
    },
    keep(value) {
      wanted = { value };
      writing ??= write();
    },
    async [Symbol.asyncDispose]() {
      ended.abort();
      await writing;
    },
  };
}
