import { mapBounded } from '../../lib/async/bounded.ts';
import type { CertificateStore, StoredCertificate } from '../stores/store.ts';
import type { KeyValue } from './key-value.ts';
import { contentOf } from './pair-fields.ts';

/** Makes the store of certificates in a key-value service: each is a value at its top, whose key is the certificate's name. */
export function createStoredPairs(service: KeyValue): CertificateStore {
  const known = new Map<string, { readonly version: string; readonly stored: StoredCertificate }>();
  /** What was found by the last call; undefined: something was reported since. */
  let last: readonly StoredCertificate[] | undefined;

  let reports = 0;

  const readOne = async (name: string): Promise<StoredCertificate | undefined> => {
    const before = known.get(name);
    const found = await service.read(name);
    if (found?.fields === undefined) return undefined;
    if (before?.version === found.version) return before.stored;
    const stored = { name, origin: `${service.name}/${name}`, content: contentOf(found.fields) };
    known.set(name, { version: found.version, stored });
    return stored;
  };

  return {
    name: service.name,

    async read(signal, { onlyReported = false } = {}) {
      if (onlyReported && last !== undefined) return last;
      last = undefined;
      const before = reports;
      const names = (await service.list('')).filter((name) => NAME.test(name)).sort();
      const found = await mapBounded(names.slice(0, MOST), AT_ONCE, (name) => {
        signal.throwIfAborted();
        return readOne(name);
      });
      const all = found.filter((each) => each !== undefined);
      const there = new Set(all.map(({ name }) => name));
      for (const name of known.keys()) if (!there.has(name)) known.delete(name);
      // What is reported meanwhile may have been read before it changed.
      if (reports === before) last = all;
      return all;
    },

    watch: (changed, signal) =>
      service.watch(() => {
        last = undefined;
        reports += 1;
        changed();
      }, signal),
  };
}

const NAME = /^\w[\w.-]*$/;
/** More are not read: HAProxy starts with as many in about a minute. */
const MOST = 50_000;
const AT_ONCE = 16;
