import { setTimeout as sleep } from 'node:timers/promises';
import type { Logger } from '../../log/logger.ts';
import type { ServerSpec } from '../../haproxy-config/server-line.ts';
import { deleteCommands } from './commands.ts';
import type { Lock } from '../../lib/async/mutex.ts';
import { type Deletion, deletionIn } from './replies.ts';

/** Servers in maintenance that are deleted when their last session has ended. */
export interface ServerRemoval extends AsyncDisposable {
  add(backend: string, server: ServerSpec): void;
  /** The server whose removal is under way. */
  get(backend: string, name: string): ServerSpec | undefined;
  /** It stays after all. */
  keep(backend: string, name: string): void;
  /** Another process runs, which does not have them. */
  clear(): void;
  readonly size: number;
}

export interface ServerRemovalDeps {
  /** Seconds after which what still runs on a server is ended. */
  readonly drainTimeout: number;
  readonly log: Logger;
  /** Says commands to the running HAProxy. */
  readonly send: (commands: readonly string[]) => Promise<string>;
  /** Nothing else speaks to HAProxy meanwhile. */
  readonly lock: Lock;
  readonly clock: () => number;
  readonly wait?: (ms: number, signal: AbortSignal) => Promise<unknown>;
}

interface Leaving {
  readonly backend: string;
  readonly server: ServerSpec;
  readonly since: number;
}

export function createServerRemoval(deps: ServerRemovalDeps): ServerRemoval {
  const { drainTimeout, log, send, lock, clock, wait = (ms, signal) => sleep(ms, undefined, { signal }) } = deps;
  const leaving = new Map<string, Leaving>();
  const stop = new AbortController();
  let running: Promise<void> | undefined;

  return {
    add(backend, server) {
      leaving.set(keyOf(backend, server.name), { backend, server, since: clock() });
      start();
    },
    get: (backend, name) => leaving.get(keyOf(backend, name))?.server,
    keep: (backend, name) => leaving.delete(keyOf(backend, name)),
    clear: () => leaving.clear(),
    get size() {
      return leaving.size;
    },
    async [Symbol.asyncDispose]() {
      stop.abort();
      await running;
    },
  };

  function start(): void {
    running ??= run().finally(() => {
      running = undefined;
      if (leaving.size > 0 && !stop.signal.aborted) start();
    });
  }

  async function run(): Promise<void> {
    try {
      for (let pause = FIRST_PAUSE; leaving.size > 0; pause = Math.min(pause * 2, LONGEST_PAUSE)) {
        await wait(pause, stop.signal);
        for (const [key, each] of leaving) await lock(async () => (leaving.get(key) === each ? tryOnce(key, each) : undefined));
      }
    } catch (error) {
      if (stop.signal.aborted) return;
      log.error(`Servers that were to be removed stay in HAProxy, without requests: ${String(error)}`);
      leaving.clear();
    }
  }

  async function tryOnce(key: string, { backend, server, since }: Leaving): Promise<void> {
    const cut = clock() - since >= drainTimeout * 1000;
    const result: Deletion = await send(deleteCommands(backend, server.name, cut)).then(deletionIn, () => 'busy' as const);
    if (result === 'busy') return;
    // Whatever else came of it is repaired when HAProxy is compared with its configuration.
    if (result === 'deleted') log.debug(`server ${key} is deleted`);
    else log.warn(`server ${key} stays in HAProxy, without requests: ${result.refused}`);
    leaving.delete(key);
  }
}

/** Milliseconds between two tries. */
const FIRST_PAUSE = 50;
const LONGEST_PAUSE = 1000;

function keyOf(backend: string, name: string): string {
  return `${backend}/${name}`;
}
