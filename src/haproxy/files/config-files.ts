import { readFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import type { FilesOnDisk } from '../../plan/plan.ts';
import type { ConfigDocument } from '../../render/document.ts';
import { print, printMap } from '../../render/document.ts';
import { HaproxyError, systemCode } from '../error.ts';

/** A file that HAProxy reads, as it should be. */
export interface WantedFile {
  readonly path: string;
  readonly text: string;
}

/** Names of the map files that stay behind when `--haproxy-map` is switched off. */
export const MAP_NAMES = ['domain2backend.map', 'app2backend.map'] as const;

/** The path of a map file: beside the configuration. */
export function mapPath(config: string, name: string): string {
  return join(dirname(config), name);
}

/** Reads the configuration and its map files; what is not there is left out. Throws `files-unreadable`. */
export async function readCurrent(config: string): Promise<FilesOnDisk> {
  const maps = new Map<string, string>();
  for (const name of MAP_NAMES) {
    const text = await readIfThere(mapPath(config, name));
    if (text !== undefined) maps.set(name, text);
  }
  return { config: await readIfThere(config), maps };
}

/**
 * The files whose text on disk is not what the document wants, maps first, the configuration last (it points at
 * them). Map files that the document does not have are emptied.
 */
export function changedFiles(doc: ConfigDocument, config: string, onDisk: FilesOnDisk): WantedFile[] {
  const wanted = new Map(doc.maps.map((map) => [map.name, printMap(map)]));
  const changed: WantedFile[] = [];
  for (const name of new Set([...wanted.keys(), ...onDisk.maps.keys()])) {
    const text = wanted.get(name) ?? '';
    if (onDisk.maps.get(name) !== text) changed.push({ path: mapPath(config, name), text });
  }
  const text = print(doc);
  if (onDisk.config !== text) changed.push({ path: config, text });
  return changed;
}

/** What is on disk under the path of a wanted file. */
export function textOnDisk(path: string, config: string, onDisk: FilesOnDisk): string | undefined {
  return path === config ? onDisk.config : onDisk.maps.get(basename(path));
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
