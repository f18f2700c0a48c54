import { systemCode } from '../../lib/errors.ts';
import { EntryError } from '../error.ts';

/** What the load balancers of a site share for ACME: a few documents, and a lock. */
export interface SharedStore {
  /** As messages show it: `dir:/mnt/certs`. */
  readonly name: string;
  /** Returns undefined if there is no such document. Throws if the store cannot be read. */
  read(document: string): Promise<string | undefined>;
  /** Returns the names of all documents of a folder (`''`: of the store itself), without those of folders in it. */
  list(folder: string): Promise<readonly string[]>;
  /** Replaces a document at once or not at all. */
  write(document: string, text: string): Promise<void>;
  /** Writes a document unless it is there; returns what is there then. */
  create(document: string, text: string): Promise<string>;
  remove(document: string): Promise<void>;
  /** Takes the lock, or returns undefined if another has it. */
  lock(): Promise<Lease | undefined>;
}

/** The lock, as long as this process has it. Disposing gives it back. */
export interface Lease extends AsyncDisposable {
  /** Aborts when the lock is lost: it could not be renewed in time, or another has it. */
  readonly lost: AbortSignal;
}

/** Returns whether an error is about one document: others may be read and written all the same. */
export function isOfDocument(error: unknown): boolean {
  return error instanceof EntryError || DOCUMENT_FAULTS.has(systemCode(error) ?? '');
}

/** Reads a document that is made again if it is lost: returns undefined, too, if what is there is of no use. */
export function readIfUsable(store: SharedStore, document: string): Promise<string | undefined> {
  return store.read(document).catch((error: unknown) => {
    if (error instanceof EntryError && error.cannot === 'content') return undefined;
    throw error;
  });
}

const DOCUMENT_FAULTS: ReadonlySet<string> = new Set(['EACCES', 'EISDIR', 'ELOOP', 'ENAMETOOLONG', 'EPERM']);
