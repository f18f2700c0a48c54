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
  /** Absolute path of the file with certificate and key. */
  readonly path: string;
  /** Of the connections for these hosts, as `bind` has them; left out: those of the frontend. */
  readonly options?: string;
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
      const [, path = '', options, names] = /^(\S*)(?: \[([^\]]*)\])?(?: (.+))?$/.exec(line) ?? [];
      const hosts = names?.split(' ');
      return path === '' ? [] : [{ path, ...(options !== undefined && { options }), ...(hosts !== undefined && { hosts }) }];
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
    const [one, other] = [before.entries[0], after.entries[0]];
    if (one?.path !== other?.path) return 'another certificate is the default one';
    return isSame(one, other) ? undefined : 'the default certificate has other hosts';
  },
};

/** Returns an entry as the list has it, and as `add ssl crt-list` takes it. */
export function printEntry({ path, options, hosts = [] }: CrtListEntry): string {
  return [path, ...(options === undefined ? [] : [`[${options}]`]), ...hosts].join(' ');
}
