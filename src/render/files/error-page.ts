import type { FileKind } from './file-kind.ts';

/** An answer that HAProxy sends for a status. Its name says its content: another answer is another file. */
export interface ErrorPageFile {
  readonly kind: 'error page';
  readonly name: string;
  /** Head and body, as HAProxy's `errorfile` wants them. */
  readonly text: string;
}

export const ERROR_PAGE_KIND: FileKind<ErrorPageFile> = {
  names: [],
  pattern: /^marathon-lb-error-[0-9a-f]{16}\.http$/,
  isSecret: false,
  print: ({ text }) => text,
  // An emptied one is left of a document that had it.
  read: (name, text) => (text === '' ? undefined : { kind: 'error page', name, text }),
  difference(before, after) {
    if (before?.text === after?.text) return undefined;
    return `+${after === undefined ? 0 : 1} -${before === undefined ? 0 : 1}`;
  },
};
