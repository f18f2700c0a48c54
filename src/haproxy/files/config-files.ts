import { readdir, readFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import type { FilesOnDisk } from '../../plan/parse-existing.ts';
import type { ConfigDocument } from '../../render/document.ts';
import { print } from '../../render/document.ts';
import { FILE_NAMES, kindNamed, printFile } from '../../render/files/kinds.ts';
import { HaproxyError } from '../error.ts';
import { systemCode } from '../../lib/errors.ts';

/** A file that HAProxy reads, as it should be. */
export interface WantedFile {
  readonly path: string;
  readonly text: string;
  /** Its content must not be shown. */
  readonly isSecret?: boolean;
}

/** Returns the path of a file that the configuration refers to: beside it. */
export function pathBeside(config: string, name: string): string {
  return join(dirname(config), name);
}

/** Reads the configuration and the files beside it; missing files are left out. Throws `files-unreadable`. */
export async function readCurrent(config: string): Promise<FilesOnDisk> {
  const files = new Map<string, string>();
  for (const name of new Set([...FILE_NAMES, ...(await namesIn(dirname(config)))])) {
    const text = await readIfThere(pathBeside(config, name));
    if (text !== undefined) files.set(name, text);
  }
  return { config: await readIfThere(config), files };
}

/**
 * Returns the files whose text on disk is not what the document wants, the configuration last (it refers to the others). Files that the
 * document does not have are emptied.
 */
export function changedFiles(doc: ConfigDocument, config: string, onDisk: FilesOnDisk): WantedFile[] {
  const wanted = new Map(doc.files.map((file) => [file.name, printFile(file)]));
  const changed: WantedFile[] = [];
  for (const name of new Set([...wanted.keys(), ...onDisk.files.keys()])) {
    const text = wanted.get(name) ?? '';
    if (onDisk.files.get(name) !== text)
      changed.push({ path: pathBeside(config, name), text, isSecret: kindNamed(name)?.isSecret === true });
  }
  const text = print(doc);
  if (onDisk.config !== text) changed.push({ path: config, text });
  return changed;
}

/** The state on disk of a wanted file. */
export function textOnDisk(path: string, config: string, onDisk: FilesOnDisk): string | undefined {
  return path === config ? onDisk.config : onDisk.files.get(basename(path));
}

/** Returns the names of files of documents in a folder; none if it is not there. */
export async function namesIn(folder: string): Promise<readonly string[]> {
  try {
    return (await readdir(folder)).filter((name) => kindNamed(name) !== undefined);
  } catch {
    return [];
  }
}

async function readIfThere(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, 'utf8');
  } catch (cause) {
    if (systemCode(cause) === 'ENOENT' || systemCode(cause) === 'ENOTDIR') return undefined;
    throw new HaproxyError(
      'files-unreadable',
      `${path} cannot be read (${systemCode(cause) ?? String(cause)}): it is named by --haproxy-config or lies beside that file.`,
      { retryable: true, cause },
    );
  }
}
