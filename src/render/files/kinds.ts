/** The files that lie beside a configuration and that it refers to. A kind is one row here, and one in `haproxy/runtime/file-kinds.ts`. */
import { ERROR_PAGE_KIND, type ErrorPageFile } from './error-page.ts';
import { CLIENT_CA_KIND, type ClientCaFile } from './client-ca.ts';
import type { FileKind } from './file-kind.ts';
import { CRT_LIST_KIND, type CrtListFile } from './crt-list.ts';
import { KEY_KIND, type KeyFile } from './key.ts';
import { MAP_KIND, type MapFile } from './map.ts';

export type DocumentFile = MapFile | KeyFile | ErrorPageFile | ClientCaFile | CrtListFile;

const KINDS: { readonly [Kind in DocumentFile['kind']]: FileKind<Extract<DocumentFile, { kind: Kind }>> } = {
  map: MAP_KIND,
  key: KEY_KIND,
  'error page': ERROR_PAGE_KIND,
  'client authority': CLIENT_CA_KIND,
  'crt-list': CRT_LIST_KIND,
};

/** Names of the files that may lie beside any configuration. */
export const FILE_NAMES: readonly string[] = Object.values(KINDS).flatMap(({ names }) => names);

/** Returns the kind of the file with this name. Returns undefined if no kind has it. */
export function kindNamed(name: string): FileKind<DocumentFile> | undefined {
  return Object.values(KINDS).find(({ names, pattern }) => names.includes(name) || pattern?.test(name) === true);
}

export function kindOf({ kind }: DocumentFile): FileKind<DocumentFile> {
  return KINDS[kind];
}

export function printFile(file: DocumentFile): string {
  return kindOf(file).print(file);
}
