import { changedMiddle } from '../../lib/changed-middle.ts';
import { isSame } from '../../lib/deep-equal.ts';
import type { FileKind } from './file-kind.ts';

/** The certificates of the shared HTTPS frontend. Of the first one clients get the names that no other has. */
export interface CrtListFile {
  readonly kind: 'crt-list';
  readonly name: string;
  readonly entries: readonly CrtListEntry[];
}

export interface CrtListEntry {
  /** Absolute path of the file with certificate and key. No two entries have the same. */
  readonly path: string;
  /** Left out: those of the certificate. */
  readonly hosts?: readonly string[];
}

export const CRT_LIST = 'marathon-lb-certificates.list';

export const CRT_LIST_KIND: FileKind<CrtListFile> = {
  names: [CRT_LIST],
  isSecret: false,
  print: ({ entries }) => entries.map((entry) => `${printEntry(entry)}\n`).join(''),

  read(name, text) {
    const entries = text.split('\n').flatMap((line): CrtListEntry[] => {
      const [path = '', ...hosts] = line.split(' ');
      return path === '' ? [] : [{ path, ...(hosts.length > 0 && { hosts }) }];
    });
    const list: CrtListFile = { kind: 'crt-list', name, entries };
    const isOurs = entries.length > 0 && entries.every(({ path }) => path.startsWith('/'));
    return isOurs && CRT_LIST_KIND.print(list) === text ? list : undefined;
  },

  difference(before, after) {
    if (before?.entries === after?.entries) return undefined;
    const { gone, come } = changedMiddle(before?.entries ?? [], after?.entries ?? [], isSame);
    return gone.length + come.length === 0 ? undefined : `+${come.length} -${gone.length}`;
  },

  reloadFor(before, after) {
    if (before.entries[0]?.path === after.entries[0]?.path) return undefined;
    return 'another certificate is the default one';
  },
};

/** Returns an entry as the list has it, and as `add ssl crt-list` takes it. */
export function printEntry({ path, hosts = [] }: CrtListEntry): string {
  return [path, ...hosts].join(' ');
}
