/**
 * A service that keeps small values under keys. Certificates and the documents of ACME are kept in it in one way (`stored-pairs.ts`,
 * `shared-documents.ts`), whichever service it is. Each call ends within some seconds. It throws an
 * `EntryError` if the service refuses this entry only, and else a `CertificateError`; the message says why, without the name.
 */
export interface KeyValue {
  /** As messages show it: `vault:secret/certs`. */
  readonly name: string;
  /** Returns the keys of a folder (`''`: the top), without those of folders in it. */
  list(folder: string): Promise<readonly string[]>;
  /** Returns undefined if there is nothing under the key, nor was anything that still counts for `write`. */
  read(key: string): Promise<Entry | undefined>;
  /** Writes the value, at once or not at all. `over`: only over this entry, or where there is none (`undefined` in it). Returns whether it is written. */
  write(key: string, fields: Fields, over?: { readonly entry: Entry | undefined }): Promise<boolean>;
  remove(key: string): Promise<void>;
  /**
   * Calls `changed` when something may have changed: the list of the top, and the values of these keys; all values if none are given. Returns when the
   * signal aborts, or when changes cannot be seen any more.
   */
  watch(changed: (keys?: readonly string[]) => void, signal: AbortSignal): Promise<void>;
}

export type Fields = Readonly<Record<string, unknown>>;

export interface Entry {
  /** Undefined: it is removed, but its version still counts; a text: why it cannot be read, to go on after its place. */
  readonly fields: Fields | string | undefined;
  /** Another one after each change, also if the key was removed meanwhile. */
  readonly version: string;
}
