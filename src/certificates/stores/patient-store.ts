import { endWithin } from '../../lib/async/end-within.ts';
import { CertificateError } from '../error.ts';
import type { CertificateStore, StoredCertificate } from './store.ts';

export interface PatientStoreOptions {
  /** Returns whether there are certificates of before to start with. */
  readonly hasFormer: () => Promise<boolean>;
  /** Milliseconds. */
  readonly patience?: number;
}

/**
 * Returns the store with a limit of time until it has been read once, if there are certificates of before: then a load balancer starts with these.
 * The read goes on in the background, and its end is reported as a change.
 */
export function createPatientStore(
  store: CertificateStore,
  { hasFormer, patience = FIRST_READ }: PatientStoreOptions,
): CertificateStore {
  let isRead = false;
  let reading: Promise<readonly StoredCertificate[]> | undefined;
  let report: (() => void) | undefined;

  const begin = (signal: AbortSignal): Promise<readonly StoredCertificate[]> => {
    const read = store.read(signal);
    // It may fail before anything waits for it.
    read.catch(() => {});
    return read;
  };

  const inTime = async (read: Promise<readonly StoredCertificate[]>): Promise<readonly StoredCertificate[]> => {
    if (!(await hasFormer())) return read;
    const found = await endWithin(read, patience);
    if (found !== undefined) return found;
    void read.catch(() => {}).finally(() => report?.());
    throw new LateError(`it is not read after ${patience / 1000} s, and is read on in the background`);
  };

  return {
    ...store,

    async read(signal, options) {
      if (isRead) return store.read(signal, options);
      reading ??= begin(signal);
      try {
        const found = await inTime(reading);
        isRead = true;
        reading = undefined;
        return found;
      } catch (error) {
        if (!(error instanceof LateError)) reading = undefined;
        throw error;
      }
    },

    watch(changed, signal) {
      report = changed;
      return store.watch(changed, signal);
    },
  };
}

/** Milliseconds. */
const FIRST_READ = 5000;

class LateError extends CertificateError {}
