import type { ConfigDocument } from '../../render/document.ts';
import { HaproxyError } from '../error.ts';
import { readCertificates } from './certificates.ts';
import { type Ask, lineOf } from './socket.ts';
import { runtimeSocket } from './socket-address.ts';

/**
 * Asks the running HAProxy which certificates it has: path → SHA-1 in hexadecimal capitals. `doc`: what it runs; its head says where the socket is.
 * Undefined if HAProxy does not answer.
 */
export type KnownCertificates = (doc: ConfigDocument, signal: AbortSignal) => Promise<ReadonlyMap<string, string> | undefined>;

/** Only reads: nothing else has to wait meanwhile. */
export function createKnownCertificates(ask: Ask): KnownCertificates {
  return async (doc, signal) => {
    const socket = runtimeSocket(doc);
    if (socket.kind === 'none') return undefined;
    try {
      const paths = (doc.certificates ?? []).map(({ path }) => path);
      const { fingerprints } = await readCertificates(paths, (words) => ask(socket.address, lineOf(words), signal));
      return fingerprints;
    } catch (error) {
      if (error instanceof HaproxyError) return undefined;
      throw error;
    }
  };
}
