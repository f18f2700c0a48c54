import type { Secret } from '../../lib/secret.ts';

/**
 * Where certificates come from: a folder, files that an option names; others (a key-value store, a certificate authority) implement the same. A
 * store only reads: what its texts are worth is decided by `certificates.ts`, the same for all stores.
 */
export interface CertificateStore {
  /** As messages show it: `dir:/mnt/certs`. Unique among the stores of a load balancer, and the same after a restart. */
  readonly name: string;
  /** An expired certificate is better than none: the operator named it, and it may be the only one. */
  readonly servesExpired?: true;
  /**
   * Returns all that the store holds, in the order in which it counts; what did not change since the last call is the same object, so that it is not
   * checked again. `onlyReported`: nothing but what `watch` reported since the last call needs to be looked at. Throws if the store cannot be
   * read: what was read before stays in service.
   */
  read(signal: AbortSignal, options?: { readonly onlyReported?: boolean }): Promise<readonly StoredCertificate[]>;
  /**
   * Calls `changed` when something may have changed. Returns when the signal aborts, or when the store cannot report changes (any more): it is read
   * every minute in any case, and asked again then.
   */
  watch(changed: () => void, signal: AbortSignal): Promise<void>;
}

/** A certificate as a store has it. */
export interface StoredCertificate {
  /** Unique in its store, of letters, digits and `_ . -`. */
  readonly name: string;
  /** As messages show it. */
  readonly origin: string;
  /** Certificate, chain and key as PEM, in any order; or why there is no text, to go on after `origin`. */
  readonly content: Secret | { readonly fault: string };
}
