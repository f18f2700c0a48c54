import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { AnswerLimit } from '../../lib/async/answer-limit.ts';
import { createFileReader, type PairFiles } from './file-reader.ts';
import { createStoreLimit } from './store-limit.ts';
import type { CertificateStore, StoredCertificate } from './store.ts';
import { watchFolder } from './watch-folder.ts';

/**
 * Makes the store of `--cert-store dir:FOLDER`. A certificate is a file `NAME.pem` (or `.crt`, `.cer`) with its key in it or in `NAME.key`, or a folder
 * `NAME` with `fullchain.pem` and `privkey.pem` (certbot), or `tls.crt` and `tls.key`; it may be a link to such a folder.
 */
export function createDirStore(folder: string): CertificateStore {
  const limit = createStoreLimit();
  const files = createFileReader(limit);
  /** Names of certificates to look at; `all` until the folder is watched. */
  let reported: Set<string> | 'all' = 'all';

  return {
    name: `dir:${folder}`,

    async read(signal, { onlyReported = false } = {}) {
      const asked = onlyReported ? reported : 'all';
      reported = new Set();
      try {
        const found: StoredCertificate[] = [];
        for (const pair of await pairsIn(folder, limit)) {
          signal.throwIfAborted();
          const known = asked === 'all' || asked.has(pair.name) ? undefined : files.known(pair);
          found.push(known ?? (await files.read(pair)));
        }
        return found;
      } catch (error) {
        reported = 'all';
        throw error;
      }
    },

    watch: (changed, signal) =>
      watchFolder(
        folder,
        (file) => {
          // Kubernetes renews a mounted secret by another link `..data`; other hidden files are those of programs that write.
          if (file === undefined || file.startsWith('..')) reported = 'all';
          else if (file.startsWith('.')) return;
          else if (reported !== 'all') reported.add(nameOf(file));
          changed();
        },
        signal,
      ),
  };
}

/** Returns the certificates of a folder, sorted by name. Throws if it cannot be read. */
async function pairsIn(folder: string, limit: AnswerLimit): Promise<readonly PairFiles[]> {
  const pairs = new Map<string, { certificates: string[]; keys: string[] }>();
  const add = (name: string, kind: 'certificates' | 'keys', path: string): void => {
    const pair = pairs.get(name) ?? { certificates: [], keys: [] };
    pair[kind].push(path);
    pairs.set(name, pair);
  };
  const entries = await limit(() => readdir(folder, { withFileTypes: true }));
  for (const entry of entries) {
    if (!NAME.test(entry.name)) continue;
    const path = join(folder, entry.name);
    if (KEY.test(entry.name)) add(nameOf(entry.name), 'keys', path);
    else if (CERTIFICATE.test(entry.name)) add(nameOf(entry.name), 'certificates', path);
    else if (entry.isDirectory() || entry.isSymbolicLink()) {
      // A link to something else has no names in it.
      const inside: readonly string[] = await limit(() => readdir(path).catch(() => []));
      for (const [certificate, key] of LAYOUTS) {
        if (!inside.includes(certificate)) continue;
        add(entry.name, 'certificates', join(path, certificate));
        if (inside.includes(key)) add(entry.name, 'keys', join(path, key));
        break;
      }
    }
  }
  const names = [...pairs.keys()].sort().slice(0, MOST);
  return names.map((name) => {
    const { certificates = [], keys = [] } = pairs.get(name) ?? {};
    const paths = [...certificates.sort().slice(0, 1), ...keys.sort().slice(0, 1)];
    return { name, origin: `dir:${paths[0] ?? join(folder, name)}`, paths };
  });
}

/** Without files that are hidden, and those that programs write before they rename them. */
const NAME = /^\w[\w.-]*$/;
const CERTIFICATE = /\.(?:pem|crt|cer)$/;
const KEY = /\.key$/;

/** Names of files in a folder of one certificate. */
const LAYOUTS = [
  ['fullchain.pem', 'privkey.pem'],
  ['tls.crt', 'tls.key'],
] as const;

/** More are not read: HAProxy starts with as many in about a minute. */
const MOST = 50_000;

function nameOf(file: string): string {
  return file.replace(/(?:\.(?:pem|crt|cer))?\.key$|\.(?:pem|crt|cer)$/, '');
}
