/** The certificates that count, as files that HAProxy reads: in the state folder, so that they are there after a restart whatever became of the stores. */
import { createHash } from 'node:crypto';
import { chmod, mkdir, readdir, readFile, rename, rm } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { syncFolder, writeDurably } from '../lib/atomic-write.ts';
import type { Certificate } from '../model/certificates/certificate.ts';
import { readPair } from './pair.ts';
import type { StoredCertificate } from './stores/store.ts';

export interface KeptPairs {
  /** Absolute path of a certificate's file; also its name in the running HAProxy. */
  pathOf(store: string, name: string): string;
  /** Returns the pair that was kept for what a store has now; undefined if there is none that can be read. */
  find(store: string, stored: Pick<StoredCertificate, 'name' | 'origin'>): Promise<Certificate | undefined>;
  /** Returns whether a pair was kept for a store. */
  hasSome(store: string): Promise<boolean>;
  /** Returns all pairs that were kept for a store. */
  ofStore(store: string): Promise<readonly Certificate[]>;
  /** Writes a pair (mode 0600), at once or not at all; several calls may run side by side. */
  write(certificate: Pick<Certificate, 'path' | 'pem'>): Promise<void>;
  /** Waits until the disk has the names of what was written. */
  sync(): Promise<void>;
  /** Returns the stamp of what judged the pairs that are kept; undefined: nobody did. */
  judgedBy(): Promise<string | undefined>;
  /** Keeps that stamp. */
  noteJudge(stamp: string): Promise<void>;
  /** Removes the files of all other paths. */
  removeOthers(paths: ReadonlySet<string>): Promise<void>;
}

/** `isReadOnly`: nothing is written or removed. */
export function createKeptPairs(folder: string, { isReadOnly = false }: { readonly isReadOnly?: boolean } = {}): KeptPairs {
  const judgeFile = `${folder}-judged-by`;
  const pathOf = (store: string, name: string): string => join(folder, `${name}-${hashOf(store, name)}.pem`);

  const find: KeptPairs['find'] = async (store, { name, origin }) => {
    const path = pathOf(store, name);
    const text = await readFile(path, 'utf8').catch(() => '');
    const pair = readPair(text);
    return 'fault' in pair ? undefined : { ...pair, name, origin, path };
  };

  const namesOf = async (store: string): Promise<readonly { readonly name: string; readonly file: string }[]> => {
    const files: string[] = await readdir(folder).catch(() => []);
    return files.sort().flatMap((file) => {
      const [, name = ''] = FILE.exec(file) ?? [];
      return name === '' || basename(pathOf(store, name)) !== file ? [] : [{ name, file }];
    });
  };

  return {
    pathOf,
    find,

    hasSome: async (store) => (await namesOf(store)).length > 0,

    async ofStore(store) {
      const found: Certificate[] = [];
      for (const { name, file } of await namesOf(store)) {
        const certificate = await find(store, { name, origin: join(folder, file) });
        if (certificate !== undefined) found.push(certificate);
      }
      return found;
    },

    async write({ path, pem }) {
      if (isReadOnly) return;
      await mkdir(folder, { recursive: true, mode: 0o700 });
      await chmod(folder, 0o700);
      const temporary = join(folder, `${TEMPORARY}${basename(path)}`);
      try {
        await writeDurably(temporary, pem.reveal(), { mode: 0o600 });
        await rename(temporary, path);
      } catch (error) {
        await rm(temporary, { force: true });
        throw error;
      }
    },

    async sync() {
      if (!isReadOnly) await syncFolder(folder);
    },

    judgedBy: () => readFile(judgeFile, 'utf8').catch(() => undefined),

    async noteJudge(stamp) {
      if (isReadOnly) return;
      await mkdir(folder, { recursive: true, mode: 0o700 });
      await writeDurably(judgeFile, stamp, { mode: 0o600 });
    },

    async removeOthers(paths) {
      if (isReadOnly) return;
      for (const file of await readdir(folder).catch(() => [])) {
        const isOld = FILE.test(file) ? !paths.has(join(folder, file)) : file.startsWith(TEMPORARY);
        if (isOld) await rm(join(folder, file), { force: true });
      }
    },
  };
}

const FILE = /^(\w[\w.-]*)-[0-9a-f]{8}\.pem$/;

/** What a process leaves behind that is killed while it writes is removed with the other old files. */
const TEMPORARY = '.new-';

/** Two stores may have certificates of one name. */
function hashOf(store: string, name: string): string {
  return createHash('sha256').update(`${store}\n${name}`).digest('hex').slice(0, 8);
}
