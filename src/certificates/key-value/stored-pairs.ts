import { mapBounded } from '../../lib/async/bounded.ts';
import { EntryError } from '../error.ts';
import type { CertificateStore, StoredCertificate } from '../stores/store.ts';
import type { Entry, KeyValue } from './key-value.ts';
import { contentOf } from './pair-fields.ts';

/** Makes the store of certificates in a key-value service: each is a value at its top, whose key is the certificate's name. */
export function createStoredPairs(service: KeyValue): CertificateStore {
  const known = new Map<string, { readonly version: string; readonly stored: StoredCertificate }>();
  /** What was found by the last call. */
  let last: readonly StoredCertificate[] = [];
  /** Whose values are read again at least; undefined: nothing was reported since the last call. */
  let reported: Set<string> | 'all' | undefined = 'all';

  const readOne = async (name: string): Promise<StoredCertificate | undefined> => {
    const before = known.get(name);
    const found = await service.read(name).catch(asFault);
    if (found?.fields === undefined) return undefined;
    if (before?.version === found.version) return before.stored;
    const stored = { name, origin: `${service.name}/${name}`, content: contentOf(found.fields) };
    known.set(name, { version: found.version, stored });
    return stored;
  };

  return {
    name: service.name,

    async read(signal, { onlyReported = false } = {}) {
      const asked = onlyReported ? reported : 'all';
      if (asked === undefined) return last;
      // What is reported meanwhile may have been read before it changed.
      reported = undefined;
      try {
        const names = (await service.list('')).filter((name) => NAME.test(name)).sort();
        const found = await mapBounded(names.slice(0, MOST), AT_ONCE, async (name) => {
          signal.throwIfAborted();
          const before = known.get(name);
          return asked === 'all' || asked.has(name) || before === undefined ? readOne(name) : before.stored;
        });
        last = found.filter((each) => each !== undefined);
      } catch (error) {
        reported = 'all';
        throw error;
      }
      const there = new Set(last.map(({ name }) => name));
      for (const name of known.keys()) if (!there.has(name)) known.delete(name);
      return last;
    },

    watch: (changed, signal) =>
      service.watch((keys) => {
        if (keys === undefined || reported === 'all') reported = 'all';
        else reported = new Set([...(reported ?? []), ...keys]);
        changed();
      }, signal),
  };
}

/** Returns an entry that cannot be read in the place of the error of one entry. */
function asFault(error: unknown): Entry {
  if (!(error instanceof EntryError)) throw error;
  return { fields: `cannot be read: ${error.message}`, version: `error ${error.message}` };
}

const NAME = /^\w[\w.-]*$/;
/** More are not read: HAProxy starts with as many in about a minute. */
const MOST = 50_000;
const AT_ONCE = 16;
