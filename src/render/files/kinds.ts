/** The files that lie beside a configuration and that it refers to. A kind is one row here, and one in `haproxy/runtime/file-kinds.ts`. */
import type { FileKind } from './file-kind.ts';
import { MAP_KIND, type MapFile } from './map.ts';

export type DocumentFile = MapFile;

const KINDS: { readonly [Kind in DocumentFile['kind']]: FileKind<Extract<DocumentFile, { kind: Kind }>> } = { map: MAP_KIND };

/** Names of all files that may lie beside a configuration. */
export const FILE_NAMES: readonly string[] = Object.values(KINDS).flatMap(({ names }) => names);

/** Returns the kind of the file with this name. Returns undefined if no kind has it. */
export function kindNamed(name: string): FileKind<DocumentFile> | undefined {
  return Object.values(KINDS).find(({ names }) => names.includes(name));
}

export function kindOf({ kind }: DocumentFile): FileKind<DocumentFile> {
  return KINDS[kind];
}

export function printFile(file: DocumentFile): string {
  return kindOf(file).print(file);
}
