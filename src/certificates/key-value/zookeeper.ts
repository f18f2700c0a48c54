import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Client, Event, Stat } from 'node-zookeeper-client';
import type { ZookeeperPlace } from '../../config/certificates/cert-store.ts';
import { LOCK_KEY } from '../shared/documents.ts';
import { ACME_FOLDER } from '../shared/folder-store.ts';
import { createLease } from '../shared/lease.ts';
import type { Lease } from '../shared/shared-store.ts';
import { EntryError } from '../error.ts';
import { aborted } from '../../lib/async/signals.ts';
import { createCipher } from './cipher.ts';
import type { Entry, KeyValue } from './key-value.ts';
import type { RenewedLockOptions } from './renewed-lock.ts';
import { createZookeeperSessions, isCode, promised, type Fault } from './zookeeper-sessions.ts';

export interface Zookeeper extends KeyValue {
  /** Takes the lock: a node that ZooKeeper removes when the session of its holder ends. */
  lock(options: RenewedLockOptions): Promise<Lease | undefined>;
}

/** Makes the store of `--cert-store zk://…`: nodes whose data are encrypted. */
export function createZookeeper(
  { servers, path, keys }: ZookeeperPlace,
  { timeout = SESSION, patience }: { readonly timeout?: number; readonly patience?: number } = {},
): Zookeeper {
  const sessions = createZookeeperSessions({ servers, timeout, ...(patience !== undefined && { patience }) });
  const cipher = createCipher(keys);
  /** Watches are set while somebody is told of what they see. */
  let told: ((keys?: readonly string[]) => void) | undefined;
  const see = (event: Event): void => {
    const [key, rest] = event
      .getPath()
      .slice(folderOf('').length + 1)
      .split('/', 2);
    told?.(key === undefined || key === '' || rest !== undefined ? [] : [key]);
  };

  /** Keys of the top have a folder of their own, so that a folder is never taken for one of them. */
  const folderOf = (folder: string): string => `${path}/${folder === '' ? TOP : folder}`;
  const nodeOf = (key: string): string => (key.includes('/') ? `${path}/${key}` : `${folderOf('')}/${key}`);

  const readIn = async (client: Client, key: string): Promise<Node | undefined> => {
    const isWatched = told !== undefined && !key.includes('/');
    const asked = promised<Node>((done) => {
      const take = (error: Fault, data: Buffer | undefined, stat: Stat): void => done(error, { data, stat });
      if (isWatched) client.getData(nodeOf(key), see, take);
      else client.getData(nodeOf(key), take);
    });
    return asked.catch(orMissing);
  };

  const entryOf = (key: string, { data, stat }: Node): Entry => ({
    fields: cipher.open(nodeOf(key), data ?? Buffer.alloc(0)),
    version: `${stat.version} ${stat.mzxid.toString('hex')}`,
  });

  const write: KeyValue['write'] = (key, fields, over) =>
    sessions.ask(async (client) => {
      const data = cipher.seal(nodeOf(key), fields);
      if (data.length > LARGEST)
        throw new EntryError('access', `${key} has more than ${LARGEST} bytes, which ZooKeeper does not take`);
      if (over?.entry !== undefined) {
        const version = Number(over.entry.version.split(' ', 1)[0]);
        return isDone(replace(client, nodeOf(key), data, version), 'badVersion', 'noNode');
      }
      if (over !== undefined) return isDone(make(client, nodeOf(key), data), 'nodeExists');
      // Another one may make or remove it in between.
      for (;;) {
        if (await isDone(replace(client, nodeOf(key), data, ANY), 'noNode')) return true;
        if (await isDone(make(client, nodeOf(key), data), 'nodeExists')) return true;
      }
    });

  return {
    name: `zk://${servers}${path}`,

    read: (key) =>
      sessions.ask(async (client) => {
        const node = await readIn(client, key);
        return node && entryOf(key, node);
      }),

    list: (folder) => sessions.ask((client) => listIn(client, folderOf(folder), told === undefined ? undefined : see)),

    write,

    remove: (key) =>
      sessions.ask(async (client) => {
        await isDone(removed(client, nodeOf(key), ANY), 'noNode');
      }),

    async watch(changed, signal) {
      told = changed;
      let wake = new AbortController();
      using _held = sessions.hold(() => {
        changed();
        wake.abort();
      });
      while (!signal.aborted) {
        wake = new AbortController();
        // Watches end with their session; the nodes themselves are watched when they are read.
        const isThere = await sessions
          .ask((client) => listIn(client, folderOf(''), see))
          .then(
            () => true,
            () => false,
          );
        const pause = { signal: AbortSignal.any([signal, wake.signal]), ref: false };
        await sleep(isThere ? LOOK_EVERY : RETRY_EVERY, undefined, pause).catch(() => {});
      }
      told = undefined;
    },

    lock: takeLock,
  };

  /** Encrypts with the first key what a later one opens, so that this one can be removed some time. */
  async function renewKeys(): Promise<void> {
    if (keys.length < 2) return;
    for (const folder of ['', ACME_FOLDER]) {
      const names = await sessions.ask((client) => listIn(client, folderOf(folder), undefined));
      for (const name of names) {
        const key = folder === '' ? name : `${folder}/${name}`;
        await sessions.ask(async (client) => {
          const found = await readIn(client, key);
          const data = found?.data && cipher.renew(nodeOf(key), found.data);
          if (found === undefined || data === undefined) return;
          await isDone(replace(client, nodeOf(key), data, found.stat.version), 'badVersion', 'noNode');
        });
      }
    }
  }

  async function takeLock({ holder, lease, clock }: RenewedLockOptions): Promise<Lease | undefined> {
    const node = nodeOf(LOCK_KEY);
    const held = sessions.hold();
    const id = randomUUID();
    const since = clock();
    const session = await sessions
      .ask(async (client, over) => {
        const found = await readIn(client, LOCK_KEY);
        if (found !== undefined) {
          const { fields } = entryOf(LOCK_KEY, found);
          // Its session is that of a process that has ended, or it belongs to no session, so ZooKeeper would never remove it.
          const isOwn = typeof fields === 'object' && fields['holder'] === holder;
          if (!isOwn && !found.stat.ephemeralOwner.equals(NO_SESSION)) return undefined;
          if (!(await isDone(removed(client, node, found.stat.version), 'badVersion', 'noNode'))) return undefined;
        }
        const isMade = await isDone(make(client, node, cipher.seal(node, { holder, id }), EPHEMERAL), 'nodeExists');
        // A server may allow a shorter session than was asked for.
        return isMade ? { over, timeout: client.getSessionTimeout() } : undefined;
      })
      .catch((error: unknown) => {
        held[Symbol.dispose]();
        throw error;
      });
    if (session === undefined) {
      held[Symbol.dispose]();
      return undefined;
    }
    /** Returns the node if it is that of this lease, and lives as long as the session of now. */
    const own = async (client: Client): Promise<Node | undefined> => {
      const found = await readIn(client, LOCK_KEY);
      const fields = found && entryOf(LOCK_KEY, found).fields;
      const isOwn = typeof fields === 'object' && fields['id'] === id;
      return isOwn && found?.stat.ephemeralOwner.equals(client.getSessionId()) === true ? found : undefined;
    };
    const taken = createLease({
      name: `zk://${servers}${path}`,
      lease: Math.min(lease, session.timeout),
      clock,
      since,
      over: session.over,
      renew: () => sessions.ask(async (client) => (await own(client)) !== undefined),
      giveBack: () =>
        sessions.ask(async (client) => {
          const found = await own(client);
          if (found !== undefined) await removed(client, node, found.stat.version);
        }),
    });
    // The node lives as long as the session: one that is connected again must not keep a lock that was lost.
    void aborted(taken.lost).then(() => held[Symbol.dispose]());
    // It is tried again with the next lock.
    await renewKeys().catch(() => {});
    return taken;
  }
}

interface Node {
  /** The library gives none for a node without data. */
  readonly data: Buffer | undefined;
  readonly stat: Stat;
}

const TOP = 'certificates';
/** A node of ZooKeeper has less than one megabyte. */
const LARGEST = 1_000_000;
/** Milliseconds. */
const SESSION = 15_000;
const LOOK_EVERY = 30_000;
const RETRY_EVERY = 1000;
/** As the protocol has them. */
const ANY = -1;
const PERSISTENT = 0;
const EPHEMERAL = 1;
const NO_SESSION = Buffer.alloc(8);

/** Returns whether it was done; false: ZooKeeper refused it for one of these reasons. */
async function isDone(work: Promise<unknown>, ...refusals: readonly Parameters<typeof isCode>[1][]): Promise<boolean> {
  try {
    await work;
    return true;
  } catch (error) {
    if (refusals.some((code) => isCode(error, code))) return false;
    throw error;
  }
}

function removed(client: Client, node: string, version: number): Promise<unknown> {
  return promised<undefined>((done) => client.remove(node, version, (error) => done(error, undefined)));
}

function replace(client: Client, node: string, data: Buffer, version: number): Promise<unknown> {
  return promised<Stat>((done) => client.setData(node, data, version, done));
}

/** Makes a node, and the folders above it. */
async function make(client: Client, node: string, data: Buffer, mode = PERSISTENT): Promise<void> {
  const create = (): Promise<string> => promised((done) => client.create(node, data, mode, done));
  if (await isDone(create(), 'noNode')) return;
  await promised<string>((done) => client.mkdirp(node.slice(0, node.lastIndexOf('/')), done));
  await create();
}

async function listIn(client: Client, node: string, see: ((event: Event) => void) | undefined): Promise<readonly string[]> {
  try {
    return await promised<string[]>((done) => {
      if (see === undefined) client.getChildren(node, done);
      else client.getChildren(node, see, done);
    });
  } catch (error) {
    orMissing(error);
    // Its creation is seen, too.
    if (see !== undefined) await promised<Stat>((done) => client.exists(node, see, done));
    return [];
  }
}

function orMissing(error: unknown): undefined {
  if (isCode(error, 'noNode')) return undefined;
  throw error;
}
