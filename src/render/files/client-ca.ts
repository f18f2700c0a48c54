import type { FileKind } from './file-kind.ts';

/** The certificates of an authority by which HAProxy checks those of clients. Its name says its content: another authority is another file. */
export interface ClientCaFile {
  readonly kind: 'client authority';
  readonly name: string;
  /** In PEM. */
  readonly text: string;
}

export const CLIENT_CA_KIND: FileKind<ClientCaFile> = {
  names: [],
  pattern: /^marathon-lb-client-ca-[0-9a-f]{16}\.pem$/,
  isSecret: false,
  print: ({ text }) => text,
  // An emptied one is left of a document that had it.
  read: (name, text) => (text === '' ? undefined : { kind: 'client authority', name, text }),
  difference(before, after) {
    if (before?.text === after?.text) return undefined;
    return `+${after === undefined ? 0 : 1} -${before === undefined ? 0 : 1}`;
  },
};
