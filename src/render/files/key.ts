import type { FileKind } from './file-kind.ts';

/** A public key by which HAProxy checks tokens. Its name says its content: another key is another file. */
export interface KeyFile {
  readonly kind: 'key';
  readonly name: string;
  /** In PEM, without the last line end. */
  readonly text: string;
}

export const KEY_KIND: FileKind<KeyFile> = {
  names: [],
  pattern: /^marathon-lb-jwt-[0-9a-f]{16}\.pem$/,
  isSecret: false,
  print: ({ text }) => `${text}\n`,
  read: (name, text) => (text.endsWith('\n') ? { kind: 'key', name, text: text.slice(0, -1) } : undefined),
  difference(before, after) {
    if (before?.text === after?.text) return undefined;
    return `+${after === undefined ? 0 : 1} -${before === undefined ? 0 : 1}`;
  },
};
