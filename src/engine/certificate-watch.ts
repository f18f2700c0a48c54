import { setTimeout as sleep } from 'node:timers/promises';
import type { Certificates } from '../certificates/certificates.ts';
import type { CertificateTable } from '../model/certificates/certificate.ts';

/** Milliseconds until the first look. */
const SOON = 1000;

export interface CertificateWatchOptions {
  readonly certificates: Certificates;
  /** Other certificates count now. */
  readonly changed: () => void;
  /** Is called after each look. */
  readonly looked?: (table: CertificateTable) => void;
  /** Milliseconds between two looks at everything. */
  readonly every?: number;
  /** Milliseconds in which changes that are reported become one. */
  readonly settle?: number;
}

/** Follows the stores until the signal: when they report a change, and every minute, as network file systems report none. */
export async function watchCertificates(
  { certificates, changed, looked, every = 60_000, settle = 20 }: CertificateWatchOptions,
  signal: AbortSignal,
): Promise<void> {
  let wake = new AbortController();
  let isReported = false;
  const note = (): void => {
    isReported = true;
    wake.abort();
  };
  let watching: Promise<void> | undefined;
  // What changed between the first read and the watch is seen soon.
  let lookAt = performance.now() + SOON;
  while (!signal.aborted) {
    watching ??= certificates.watch(note, signal).finally(() => (watching = undefined));
    const next = Math.min(lookAt - performance.now(), certificates.nextLookIn ?? Infinity);
    if (!isReported)
      await sleep(Math.max(next, 1), undefined, { signal: AbortSignal.any([signal, wake.signal]) }).catch(() => {});
    if (isReported) await sleep(settle, undefined, { signal }).catch(() => {});
    if (signal.aborted) return;
    const onlyReported = isReported && performance.now() < lookAt;
    isReported = false;
    wake = new AbortController();
    if (!onlyReported) lookAt = performance.now() + every;
    const isOther = await certificates.read(signal, { onlyReported }).catch((error: unknown) => {
      if (!signal.aborted) throw error;
      return false;
    });
    looked?.(certificates.current);
    if (isOther) changed();
  }
}
