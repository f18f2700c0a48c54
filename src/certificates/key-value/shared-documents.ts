import type { Lease, SharedStore } from '../shared/shared-store.ts';
import { messageOf } from '../../lib/errors.ts';
import { CertificateError, EntryError } from '../error.ts';
import type { Entry, Fields, KeyValue } from './key-value.ts';
import { contentOf, fieldsOf } from './pair-fields.ts';

/**
 * Makes the documents of ACME in a key-value service. A document of the top is a certificate (`NAME.pem`), and its value, under `NAME`, is as people
 * write one; the others are a text.
 */
export function createSharedDocuments(service: KeyValue, lock: () => Promise<Lease | undefined>): SharedStore {
  const read = async (document: string): Promise<{ entry: Entry | undefined; text: string | undefined }> => {
    const entry = await service.read(keyOf(document));
    if (entry?.fields === undefined) return { entry, text: undefined };
    const fault = (why: string): EntryError => new EntryError('content', `${keyOf(document)} ${why}`);
    if (typeof entry.fields === 'string') throw fault(entry.fields);
    if (!isCertificate(document)) {
      const text = entry.fields[TEXT];
      if (typeof text !== 'string') throw fault(`has no text in its field ${TEXT}`);
      return { entry, text };
    }
    const content = contentOf(entry.fields);
    // It is no certificate then, as a file with other bytes would be none.
    return { entry, text: 'fault' in content ? '' : content.reveal() };
  };

  const create = async (document: string, text: string): Promise<string> => {
    for (;;) {
      const { entry, text: found } = await read(document);
      if (found !== undefined) return found;
      if (await service.write(keyOf(document), asFields(document, text), { entry })) return text;
    }
  };

  const named = async <T>(work: () => Promise<T>): Promise<T> => {
    try {
      return await work();
    } catch (error) {
      const message = `${service.name} cannot be used: ${messageOf(error)}`;
      throw error instanceof EntryError
        ? new EntryError(error.cannot, `${service.name}: ${messageOf(error)}`, { cause: error })
        : new CertificateError(message, { cause: error });
    }
  };

  return {
    name: service.name,
    read: (document) => named(async () => (await read(document)).text),
    list: (folder) =>
      named(async () => {
        const keys = await service.list(folder);
        return folder === '' ? keys.map((key) => `${key}${CERTIFICATE}`) : keys;
      }),
    write: (document, text) => named(async () => void (await service.write(keyOf(document), asFields(document, text)))),
    create: (document, text) => named(() => create(document, text)),
    remove: (document) => named(() => service.remove(keyOf(document))),
    lock: () => named(lock),
  };
}

const CERTIFICATE = '.pem';
const TEXT = 'text';

function isCertificate(document: string): boolean {
  return !document.includes('/') && document.endsWith(CERTIFICATE);
}

/** Returns the key of a document. */
export function keyOf(document: string): string {
  return isCertificate(document) ? document.slice(0, -CERTIFICATE.length) : document;
}

function asFields(document: string, text: string): Fields {
  return isCertificate(document) ? fieldsOf(text) : { [TEXT]: text };
}
