import { type ConfigDocument, print } from '../render/document.ts';
import { printFile } from '../render/files/kinds.ts';
import { compare } from './compare.ts';
import { documentOnDisk, type FilesOnDisk } from './parse-existing.ts';
import type { Plan } from './operations.ts';
import { planChanges } from './runtime-ops.ts';

/**
 * Compares the document that HAProxy runs with the next one. `current` is undefined if only the files are known (at start): HAProxy is taken
 * to run them. `onDisk` may be left out if they were not read.
 */
export function plan(current: ConfigDocument | undefined, onDisk: FilesOnDisk | undefined, next: ConfigDocument): Plan {
  const known = current ?? (onDisk && documentOnDisk(onDisk, next));
  if (known !== undefined) {
    const changes = compare(known, next);
    if (changes.length > 0) return planChanges(changes, next);
  }
  if (onDisk === undefined ? current !== undefined : isOnDisk(onDisk, next)) return { kind: 'nothing' };
  const isMissing = onDisk !== undefined && onDisk.config === undefined;
  const reason = isMissing ? 'there is no configuration on disk' : 'configuration on disk differs';
  return { kind: 'reload', reasons: [reason], changes: [] };
}

function isOnDisk(onDisk: FilesOnDisk, next: ConfigDocument): boolean {
  const wanted = new Map(next.files.map((file) => [file.name, printFile(file)]));
  for (const [name, text] of wanted) if (onDisk.files.get(name) !== text) return false;
  for (const [name, text] of onDisk.files) if (!wanted.has(name) && text !== '') return false;
  return onDisk.config === print(next);
}
