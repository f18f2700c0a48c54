import { certificateFile, STATE_FILE } from '../shared/documents.ts';
import { readState } from '../acme/orders/state.ts';
import { EntryError } from '../error.ts';
import type { Entry, KeyValue } from './key-value.ts';
import { createSharedDocuments, keyOf } from './shared-documents.ts';

/** What changed since the last look; `all`: it is not known what. Undefined: nothing. */
export type Change = readonly string[] | 'all' | undefined;

/**
 * Makes what looks for changes in a service that reports none, with two requests: names that come and go, and the notes about hosts in the state of
 * orders, which tell whose certificate was ordered. A service that goes away, or is there again, has changed, too.
 */
export function createLook(service: KeyValue): () => Promise<Change> {
  const documents = createSharedDocuments(service, async () => undefined);
  let before: Seen | 'away' | undefined;

  const see = async (): Promise<Seen> => {
    const names = await service.list('');
    const version = await service.read(STATE_FILE).then(versionOf, versionOf);
    const last = typeof before === 'object' ? before : undefined;
    return { names: names.join('\n'), version, notes: last?.version === version ? last.notes : await notesOf() };
  };

  const notesOf = async (): Promise<ReadonlyMap<string, string>> => {
    const { notes } = await readState(documents, Date.now()).catch((error: unknown) => {
      if (error instanceof EntryError) return { notes: {} };
      throw error;
    });
    return new Map(Object.entries(notes).map(([host, note]) => [keyOf(certificateFile(host)), JSON.stringify(note)]));
  };

  return async () => {
    const last = before;
    const seen = await see().catch(() => 'away' as const);
    before = seen;
    if (last === undefined) return undefined;
    if (last === 'away' || seen === 'away') return last === seen ? undefined : 'all';
    const changed = [...seen.notes].filter(([key, note]) => last.notes.get(key) !== note).map(([key]) => key);
    return changed.length > 0 || seen.names !== last.names ? changed : undefined;
  };
}

interface Seen {
  readonly names: string;
  /** Of the state of orders. */
  readonly version: string;
  /** By the key of the certificate. */
  readonly notes: ReadonlyMap<string, string>;
}

function versionOf(found: unknown): string {
  // A policy that forbids this entry forbids orders, but not certificates.
  if (found instanceof EntryError) return '';
  if (found instanceof Error) throw found;
  return (found as Entry | undefined)?.version ?? '';
}
