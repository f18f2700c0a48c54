import { setTimeout as sleep } from 'node:timers/promises';
import type { Logger } from '../log/logger.ts';
import type { Op, ServerOp } from '../plan/op.ts';
import { changeOps } from '../plan/server-ops.ts';
import type { ConfigDocument, MapFile } from '../render/document.ts';
import { fillMap, prepareMap, serverCommands, showMap, tellOp } from './commands.ts';
import { HaproxyError } from './error.ts';
import { mapPath } from './files.ts';
import type { Lock } from './lock.ts';
import { createReaper } from './reaper.ts';
import { type Differences, reconcile } from './reconcile.ts';
import {
  backendsIn,
  deletionIn,
  entriesIn,
  type Identity,
  identityIn,
  isRestarted,
  refusalIn,
  serversIn,
  versionIn,
} from './replies.ts';
import { type Ask, lineOf } from './socket.ts';
import { runtimeSocket, type SocketAddress } from './socket-address.ts';

/** What came of operations; `commands`: what was said to HAProxy. */
export type RuntimeResult =
  | { readonly kind: 'done'; readonly commands: readonly string[] }
  /** Some of the operations may have been done. */
  | { readonly kind: 'refused'; readonly reason: string }
  /** Another process than before answers: nothing was done, what it has is to be compared. */
  | { readonly kind: 'restarted' };

/** Speaks to the running HAProxy. Whoever calls keeps reloads and other calls away meanwhile. */
export interface Runtime extends AsyncDisposable {
  /** Runs the operations in their order, until one is refused. `doc`: its head says where the socket is. */
  run(doc: ConfigDocument, ops: readonly Op[], signal: AbortSignal): Promise<RuntimeResult>;
  /** Compares HAProxy with a document; a string: it does not answer, and why. */
  inspect(doc: ConfigDocument, signal: AbortSignal): Promise<Differences | string>;
  /**
   * Reloads: afterwards it is the new process that is spoken to, which has exactly what the files say. `reload` tells
   * whether HAProxy was reloaded.
   */
  around(doc: ConfigDocument | undefined, reload: () => Promise<boolean>, signal: AbortSignal): Promise<void>;
  /** Servers that wait for their last session to end. */
  leaving(): number;
}

export interface RuntimeDeps {
  readonly log: Logger;
  readonly ask: Ask;
  readonly lock: Lock;
  /** Path of the configuration: maps lie beside it. */
  readonly config: string;
  /** Seconds. */
  readonly drainTimeout: number;
  readonly clock?: () => number;
  readonly wait?: (ms: number, signal: AbortSignal) => Promise<unknown>;
}

export function createRuntime(deps: RuntimeDeps): Runtime {
  const {
    log,
    ask,
    lock,
    config,
    drainTimeout,
    clock = () => performance.now(),
    wait = (ms, signal) => sleep(ms, undefined, { signal }),
  } = deps;
  const stop = new AbortController();
  let address: SocketAddress | undefined;
  let known: Identity | undefined;
  /** The process that answers was made by the last reload, as far as is known. */
  let isNew = true;
  let advised = '';
  const reaper = createReaper({
    drainTimeout,
    log,
    lock,
    clock,
    say: (commands) => say(commands, stop.signal),
  });

  return {
    async run(doc, ops, signal) {
      const commands: string[] = [];
      return attempt(async () => {
        locate(doc);
        if (ops.length === 0) return { kind: 'done', commands };
        if (await meet(signal)) return { kind: 'restarted' };
        for (const op of ops) {
          const refused = op.kind === 'map' ? await setMap(op.map, commands, signal) : await setServer(op, commands, signal);
          if (refused !== undefined) return { kind: 'refused', reason: `HAProxy refused to ${tellOp(op)}: ${refused}` };
        }
        return { kind: 'done', commands };
      });
    },

    async inspect(doc, signal) {
      const result = await attempt(async () => {
        locate(doc);
        await meet(signal);
        return { kind: 'found' as const, differences: await look(doc, signal) };
      });
      return result.kind === 'found' ? result.differences : result.reason;
    },

    async around(doc, reload, signal) {
      const stale = await attempt(async () => {
        if (doc !== undefined) locate(doc);
        return identityIn(await say(['show info'], signal));
      });
      const before = stale !== undefined && 'pid' in stale ? stale : undefined;
      if (!(await reload())) return;
      reaper.clear();
      known = before;
      isNew = await appears(before, signal);
    },

    leaving: () => reaper.size,

    async [Symbol.asyncDispose]() {
      stop.abort();
      await reaper[Symbol.asyncDispose]();
    },
  };

  /** Finds the socket; that there is none is said once. */
  function locate(doc: ConfigDocument): void {
    const found = runtimeSocket(doc);
    if (found.kind === 'found') {
      address = found.address;
      return;
    }
    address = undefined;
    if (advised !== found.advice) log.warn(found.advice);
    advised = found.advice;
    throw new HaproxyError('socket-unreachable', 'there is no admin socket', { retryable: false });
  }

  /** Notes which process answers; true: another one than before. */
  async function meet(signal: AbortSignal): Promise<boolean> {
    const now = identityIn(await say(['show info'], signal));
    const restarted = known !== undefined && now !== undefined && isRestarted(known, now);
    const isStrange = restarted || !isNew;
    if (isStrange) {
      const what = restarted
        ? 'was restarted or reloaded by somebody else'
        : 'did not answer with its new process after the reload';
      log.warn(`HAProxy ${what}: what it has is compared with its configuration`);
      reaper.clear();
    }
    known = now;
    isNew = true;
    return isStrange;
  }

  /** Waits until another process than `before` answers: until its socket is in place the old worker has it. */
  async function appears(before: Identity | undefined, signal: AbortSignal): Promise<boolean> {
    if (address === undefined) return true;
    const patience = before === undefined ? FIRST_PATIENCE : PATIENCE;
    for (const end = clock() + patience; clock() < end; await wait(LOOK, signal)) {
      const now = await attempt(async () => identityIn(await say(['show info'], signal)));
      if (now === undefined || !('pid' in now) || (before !== undefined && !isRestarted(before, now))) continue;
      known = now;
      return true;
    }
    // Nobody answered before either: there is nothing to be compared.
    return before === undefined;
  }

  async function say(commands: readonly string[], signal: AbortSignal): Promise<string> {
    if (address === undefined) throw new HaproxyError('socket-unreachable', 'there is no admin socket', { retryable: false });
    return ask(address, lineOf(commands), signal);
  }

  async function setServer(op: ServerOp, commands: string[], signal: AbortSignal): Promise<string | undefined> {
    const leaving = reaper.get(op.backend, op.server.name);
    if (op.kind === 'add' && leaving !== undefined) {
      reaper.keep(op.backend, op.server.name);
      // It is in maintenance, whatever its line said.
      const back = changeOps(op.backend, { ...leaving, disabled: true }, op.server);
      if (back.kind === 'reload') return `it is still being removed, and ${back.reason}`;
      return firstRefusal(back.ops as readonly ServerOp[], commands, signal);
    }
    const said = serverCommands(op);
    commands.push(...said);
    const answer = await say(said, signal);
    if (op.kind !== 'remove') return refusalIn(answer);
    const deletion = deletionIn(answer);
    if (deletion === 'deleted') return undefined;
    if (typeof deletion === 'object') return deletion.refused;
    reaper.add(op.backend, op.server);
    return undefined;
  }

  async function firstRefusal(ops: readonly ServerOp[], commands: string[], signal: AbortSignal): Promise<string | undefined> {
    for (const op of ops) {
      const refused = await setServer(op, commands, signal);
      if (refused !== undefined) return refused;
    }
    return undefined;
  }

  /** A transaction: lookups see the old content or the new one. */
  async function setMap(map: MapFile, commands: string[], signal: AbortSignal): Promise<string | undefined> {
    const path = mapPath(config, map.name);
    const prepare = prepareMap(path);
    const answer = await say([prepare], signal);
    commands.push(prepare);
    const version = versionIn(answer);
    if (version === undefined) return refusalIn(answer) ?? 'HAProxy gave the map no new version';
    for (const command of fillMap(path, version, map)) {
      commands.push(command.split(' <<\n')[0] ?? '');
      const refused = refusalIn(await say([command], signal));
      if (refused !== undefined) return refused;
    }
    return undefined;
  }

  async function look(doc: ConfigDocument, signal: AbortSignal): Promise<Differences> {
    const backends = backendsIn(await say(['show backend'], signal));
    const servers = serversIn(await say(['show servers state'], signal));
    const maps = new Map<string, MapFile['entries'] | undefined>();
    for (const { name } of doc.maps) {
      const answer = await say([showMap(mapPath(config, name))], signal);
      maps.set(name, refusalIn(answer) === undefined ? entriesIn(answer) : undefined);
    }
    return reconcile(doc, { backends, servers, maps }, (backend, name) => reaper.get(backend, name) !== undefined);
  }
}

/** Milliseconds for the new process to answer: where there was one before, where there was none, and between two looks. */
const PATIENCE = 10_000;
const FIRST_PATIENCE = 200;
const LOOK = 10;

/** A socket that does not answer and a word that cannot be said are refusals too. */
async function attempt<T>(work: () => Promise<T>): Promise<T | { readonly kind: 'refused'; readonly reason: string }> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof HaproxyError) return { kind: 'refused', reason: error.message };
    throw error;
  }
}
