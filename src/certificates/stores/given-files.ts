import { readdir, stat } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { mapBounded } from '../../lib/async/bounded.ts';
import { createFileReader, type PairFiles } from './file-reader.ts';
import { createStoreLimit } from './store-limit.ts';
import type { CertificateStore } from './store.ts';
import { watchFolder } from './watch-folder.ts';

/** Makes the store of the files and folders of `--ssl-certs`, in their order; of a folder all files are taken, as HAProxy does. */
export function createGivenFiles(paths: readonly string[]): CertificateStore {
  const limit = createStoreLimit();
  const files = createFileReader(limit);
  return {
    name: `--ssl-certs ${paths.join(',')}`,
    servesExpired: true,

    async read(signal) {
      const found: PairFiles[] = [];
      const names = new Set<string>();
      const all: string[] = [];
      for (const path of paths) all.push(...(await limit(() => filesAt(path))));
      for (const path of all) {
        const name = unique(basename(path).replaceAll(/\.(?:pem|crt|cer)$|[^\w.-]/g, ''), names);
        const key = `${path}.key`;
        found.push({ name, origin: path, paths: [path, ...((await limit(() => isFile(key))) ? [key] : [])] });
      }
      signal.throwIfAborted();
      // The limit of time of a file begins when it is read.
      return mapBounded(found, 2, (pair) => files.read(pair));
    },

    async watch(changed, signal) {
      const folders = new Map<string, Set<string> | 'all'>();
      for (const path of paths) {
        if (await isFolder(path)) folders.set(path, 'all');
        else {
          const known = folders.get(dirname(path)) ?? new Set<string>();
          folders.set(dirname(path), known === 'all' ? known : known.add(basename(path)));
        }
      }
      const watches = [...folders].map(([folder, names]) =>
        watchFolder(
          folder,
          (name) => {
            if (name === undefined || names === 'all' || names.has(name.replace(/\.key$/, ''))) changed();
          },
          signal,
        ),
      );
      await Promise.all(watches);
    },
  };
}

/** HAProxy passes over files with these endings in a folder, as they belong to others. */
const BESIDE = /\.(?:issuer|ocsp|sctl|key)$/;

/** Other names are no words for HAProxy's sockets; HAProxy reads such files when it starts. */
const WORD = /^[\w+@=~,-][\w.+@=~,-]*$/;

async function filesAt(path: string): Promise<readonly string[]> {
  if (!(await isFolder(path))) return [path];
  const folder = path.replace(/(?!^)\/+$/, '');
  const names = (await readdir(folder)).filter((name) => WORD.test(name) && !BESIDE.test(name)).sort();
  const files: string[] = [];
  for (const name of names) if (await isFile(join(folder, name))) files.push(join(folder, name));
  return files;
}

async function isFolder(path: string): Promise<boolean> {
  return (await stat(path).catch(() => undefined))?.isDirectory() === true;
}

async function isFile(path: string): Promise<boolean> {
  return (await stat(path).catch(() => undefined))?.isFile() === true;
}

function unique(wanted: string, taken: Set<string>): string {
  const base = wanted === '' ? 'certificate' : wanted;
  let name = base;
  for (let count = 2; taken.has(name); count += 1) name = `${base}-${count}`;
  taken.add(name);
  return name;
}
