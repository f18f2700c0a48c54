import { basename } from 'node:path';
import { print, type ConfigDocument } from '../../render/document.ts';
import { type DocumentFile, FILE_NAMES, printFile } from '../../render/files/kinds.ts';
import type { CrtListFile } from '../../render/files/crt-list.ts';
import { pathBeside, type WantedFile } from './config-files.ts';

export interface FilesElsewhere {
  /** Path of the configuration that the document was rendered for. */
  readonly from: string;
  readonly to: string;
  /** The certificates are copied too, with their keys: for a folder that only this user can read, and not for long. */
  readonly withKeys?: boolean;
}

/**
 * Returns a document as files beside another configuration file than the one it was rendered for: the paths of its files lead to the new
 * ones, even if a template names them itself. Lines keep their numbers. The configuration comes last.
 */
export function documentFiles(doc: ConfigDocument, { from, to, withKeys = false }: FilesElsewhere): WantedFile[] {
  let text = print(doc);
  const names = new Set([...FILE_NAMES, ...doc.files.map(({ name }) => name)]);
  const moveNames = (given: string): string => {
    let moved = given;
    for (const name of names) moved = moved.replaceAll(pathBeside(from, name), pathBeside(to, name));
    return moved;
  };
  text = moveNames(text);
  const listed = (file: DocumentFile): string =>
    file.kind === 'crt-list' ? moveNames(printFile(withPaths(file, moved))) : printFile(file);
  const certificates = withKeys ? (doc.certificates ?? []) : [];
  const moved = new Map(certificates.map(({ path }) => [path, pathBeside(to, basename(path))]));
  return [
    ...certificates.map(({ path, pem }) => ({ path: moved.get(path) ?? path, text: pem.reveal(), isSecret: true })),
    ...doc.files.map((file) => ({ path: pathBeside(to, file.name), text: listed(file) })),
    { path: to, text },
  ];
}

function withPaths(file: CrtListFile, moved: ReadonlyMap<string, string>): CrtListFile {
  return { ...file, entries: file.entries.map((entry) => ({ ...entry, path: moved.get(entry.path) ?? entry.path })) };
}
