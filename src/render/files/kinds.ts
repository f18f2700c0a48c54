/** The files that lie beside a configuration and that it refers to. A kind is one row here, and one in `haproxy/runtime/file-kinds.ts`. */
import { MAP_KIND, type MapFile } from './map.ts';

export type DocumentFile = MapFile;

/** What is to be known of a kind of files, but for the commands that change them at run time. */
export interface FileKind<File> {
  /** The names that its files may have: one that no document has any more is emptied. */
  readonly names: readonly string[];
  /** Its content stays out of diffs, the log and the journal. */
  readonly isSecret: boolean;
  print(file: File): string;
  /** Reads what `print` wrote. Returns undefined if the text was written by somebody else. */
  read(name: string, text: string): File | undefined;
  /** Returns in what the contents of two files differ, such as `+2 -1`; undefined if they are the same. A secret one must not show any of it. */
  difference(before: File | undefined, after: File | undefined): string | undefined;
}

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
