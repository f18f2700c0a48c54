/** Why a certificate cannot be used or written: what the operator can fix. */
export class CertificateError extends Error {
  override readonly name = 'CertificateError';
  readonly code = 'certificate';
  readonly retryable = false;
}

/** Why one entry of a store cannot be read or written. The other entries can. */
export class EntryError extends CertificateError {
  /** `content`: the entry was read, but is of no use. `access`: the store refuses to read or write it. */
  readonly cannot: 'content' | 'access';

  constructor(cannot: EntryError['cannot'], message: string, options?: ErrorOptions) {
    super(message, options);
    this.cannot = cannot;
  }
}
