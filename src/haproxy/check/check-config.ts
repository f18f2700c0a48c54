import { basename } from 'node:path';
import type { FilesOnDisk } from '../../plan/parse-existing.ts';
import type { HaproxySettings } from '../../config/settings.ts';
import { type ConfigDocument, print } from '../../render/document.ts';
import { CRT_LIST } from '../../render/files/crt-list.ts';
import { type DocumentFile, printFile } from '../../render/files/kinds.ts';
import type { Alert } from './alerts.ts';
import type { OnWarnings } from '../applier.ts';
import { unbindable } from './bindable.ts';
import { pathBeside, readCurrent } from '../files/config-files.ts';
import type { HaproxyProcess } from '../process/processes.ts';
import { stage } from '../files/stage.ts';
import { runCheck } from './run-check.ts';

export interface DocumentCheck {
  readonly settings: Pick<HaproxySettings, 'config' | 'binary'>;
  readonly processes: () => Promise<readonly HaproxyProcess[]>;
  /** HAProxy runs what is on disk. */
  readonly runsFiles: boolean;
}

/** Asks HAProxy about the files on disk, and tries their ports if it may run others. */
export async function checkOnDisk(check: DocumentCheck, signal: AbortSignal): Promise<readonly Alert[]> {
  const { binary, config } = check.settings;
  const onDisk = await readCurrent(config);
  const result = await runCheck({ binary, config, certificates: countListed(onDisk), signal });
  return result.kind === 'invalid' ? result.alerts : tryPorts(onDisk.config ?? '', check);
}

/** Asks HAProxy about a document (`onWarnings` gets what it warns of, if it takes the document), written under temporary names beside the real files, and tries the ports that are new. */
export async function checkDocument(
  doc: ConfigDocument,
  check: DocumentCheck,
  signal: AbortSignal,
  onWarnings?: OnWarnings,
): Promise<readonly Alert[]> {
  const { binary, config } = check.settings;
  const wanted = (file: DocumentFile) => ({ path: pathBeside(config, file.name), text: printFile(file) });
  await using stagedFiles = await stage(doc.files.filter(({ kind }) => kind !== 'crt-list').map(wanted));
  // The list refers to others of them.
  await using stagedList = await stage(
    doc.files
      .filter(({ kind }) => kind === 'crt-list')
      .map(wanted)
      .map(({ path, text }) => ({ path, text: pointedAt(text, stagedFiles.temporary) })),
  );
  const text = pointedAt(print(doc), new Map([...stagedFiles.temporary, ...stagedList.temporary]));
  await using staged = await stage([{ path: config, text }]);
  const shownAs = new Map(
    [...stagedFiles.temporary, ...stagedList.temporary, ...staged.temporary].map(([path, temporary]) => [temporary, path]),
  );
  const file = staged.temporary.get(config) ?? config;
  const result = await runCheck({ binary, config: file, shownAs, certificates: doc.certificates?.length ?? 0, signal });
  if (result.kind === 'valid') onWarnings?.(result.warnings);
  return result.kind === 'invalid' ? result.alerts : tryPorts(text, check);
}

/** Returns how many certificates the list on disk names. */
export function countListed({ files }: Pick<FilesOnDisk, 'files'>): number {
  return (files.get(CRT_LIST)?.split('\n').length ?? 1) - 1;
}

async function tryPorts(text: string, { settings, runsFiles, processes }: DocumentCheck): Promise<readonly Alert[]> {
  const running = await processes();
  // Nobody can be taken down by a reload.
  if (running.length === 0) return [];
  const onDisk = (await readCurrent(settings.config)).config;
  return unbindable({ text, runs: runsFiles ? onDisk : undefined, onDisk, processes: running });
}

/** Returns the configuration with the temporary files instead of the real ones. */
function pointedAt(text: string, temporary: ReadonlyMap<string, string>): string {
  let result = text;
  for (const [path, other] of temporary) {
    // A template may spell the folder in another way (`/etc//haproxy/`); the temporary file lies in the same one.
    if (result.includes(path)) result = result.replaceAll(path, other);
    else result = result.replaceAll(`/${basename(path)}`, `/${basename(other)}`);
  }
  return result;
}
