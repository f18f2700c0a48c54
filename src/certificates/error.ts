/** Why a certificate cannot be used or written: what the operator can fix. */
export class CertificateError extends Error {
  override readonly name = 'CertificateError';
  readonly code = 'certificate';
  readonly retryable = false;
}
