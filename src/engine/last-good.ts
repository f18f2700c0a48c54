/** What HAProxy accepted of each service, over restarts: `last-good.json` in the state folder. */
import { mkdir, readFile, rename } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { systemCode } from '../haproxy/error.ts';
import { temporaryFor, writeDurably } from '../haproxy/staged.ts';
import type { Logger } from '../log/logger.ts';
import type { ServiceDefinition } from '../model/service.ts';
import { serviceKey } from './blame.ts';
import { readDefinition } from './last-good-schema.ts';
import { definitionOf, type LastGood } from './stand-in.ts';

/** Keeps definitions on disk; disposing writes what is still to be written. */
export interface LastGoodStore extends AsyncDisposable {
  /** What was kept. Never throws: what cannot be read is a warning, and nothing is known. */
  read(): Promise<LastGood>;
  /** Is to be kept from now on; it is written some time later, for many changes once. */
  keep(good: LastGood): void;
}

export interface LastGoodOptions {
  /** State folder; made where it is missing. */
  readonly folder: string;
  readonly log: Logger;
  /** Milliseconds that pass before it is written. */
  readonly delay?: number;
}

/** Labels can hold passwords: the file is readable for its owner only. */
export function createLastGoodStore({ folder, log, delay = 2000 }: LastGoodOptions): LastGoodStore {
  const path = join(folder, 'last-good.json');
  const ended = new AbortController();
  let wanted: LastGood | undefined;
  let written: string | undefined;
  let writing: Promise<void> | undefined;
  let isBroken = false;

  const write = async (): Promise<void> => {
    while (wanted !== undefined) {
      // Where the program ends, at once.
      await sleep(delay, undefined, { signal: ended.signal, ref: false }).catch(() => {});
      const text = textOf(wanted);
      wanted = undefined;
      if (text === written) continue;
      try {
        await mkdir(folder, { recursive: true, mode: 0o750 });
        const temporary = await temporaryFor(path);
        await writeDurably(temporary, text, { mode: 0o600 });
        await rename(temporary, path);
        written = text;
        isBroken = false;
      } catch (error) {
        if (!isBroken) log.warn(`${path} cannot be written: ${String(error)}; ${LOST} (--state-dir)`);
        isBroken = true;
      }
    }
    writing = undefined;
  };

  return {
    async read() {
      try {
        const text = await readFile(path, 'utf8');
        const good = definitionsOf(text);
        written = text;
        return good;
      } catch (error) {
        if (systemCode(error) !== 'ENOENT') log.warn(`${path} cannot be read and is passed over: ${String(error)}`);
        return new Map();
      }
    },
    keep(good) {
      wanted = good;
      writing ??= write();
    },
    async [Symbol.asyncDispose]() {
      ended.abort();
      await writing;
    },
  };
}

const LOST = 'after a restart, services with a mistake in their labels are left out';

/** One line a service, each made once. */
function textOf(good: LastGood): string {
  const lines = [...good.values()].map((definition) => {
    const line = lineOf.get(definition) ?? JSON.stringify(definitionOf(definition));
    lineOf.set(definition, line);
    return line;
  });
  return `[\n${lines.join(',\n')}\n]\n`;
}

const lineOf = new WeakMap<ServiceDefinition, string>();

function definitionsOf(text: string): LastGood {
  const found: unknown = JSON.parse(text);
  if (!Array.isArray(found)) throw new SyntaxError('it is no list');
  const definitions = found.flatMap((value: unknown) => readDefinition(value) ?? []);
  return new Map(definitions.map((definition) => [serviceKey(definition), definition]));
}
