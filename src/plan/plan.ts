import type { ConfigDocument } from '../render/document.ts';
import { print } from '../render/document.ts';
import { printFile } from '../render/files/kinds.ts';
import { compare } from './compare.ts';
import { documentOnDisk } from './parse-existing.ts';
import type { Op } from './operations.ts';
import { runtimeOps } from './runtime-ops.ts';

/** What is to be done so that HAProxy runs `next`: a value that can be printed, logged and shown. */
export type Plan =
  | { readonly kind: 'nothing' }
  /** The running HAProxy is spoken to; without operations (servers in another order) only the files follow. */
  | { readonly kind: 'runtime'; readonly ops: readonly Op[]; readonly reasons: readonly string[] }
  /** Why each reason holds is said in the operator's words: `backend shop_10000 is new`. */
  | { readonly kind: 'reload'; readonly reasons: readonly string[] };

/** The text of the files that HAProxy reads at its next start. */
export interface FilesOnDisk {
  /** Undefined: there is none. */
  readonly config: string | undefined;
  /** What the configuration refers to, by name: the files that are there. */
  readonly files: ReadonlyMap<string, string>;
}

/**
 * Compares the document that HAProxy runs with the next one. `current` is undefined where only the files are known
 * (at start): HAProxy is taken to run them. `onDisk` may be left out where they were not read.
 */
export function plan(current: ConfigDocument | undefined, onDisk: FilesOnDisk | undefined, next: ConfigDocument): Plan {
  const known = current ?? (onDisk && documentOnDisk(onDisk, next));
  if (known !== undefined) {
    const changes = compare(known, next);
    if (changes.length > 0) {
      const found = runtimeOps(changes, next);
      return 'reload' in found ? { kind: 'reload', reasons: found.reload } : { kind: 'runtime', ...found };
    }
  }
  if (onDisk === undefined) return current === undefined ? { kind: 'reload', reasons: [UNKNOWN] } : { kind: 'nothing' };
  if (isOnDisk(onDisk, next)) return { kind: 'nothing' };
  if (onDisk.config === undefined) return { kind: 'reload', reasons: ['there is no configuration on disk'] };
  return { kind: 'reload', reasons: [UNKNOWN] };
}

const UNKNOWN = 'configuration on disk differs';

function isOnDisk(onDisk: FilesOnDisk, next: ConfigDocument): boolean {
  const wanted = new Map(next.files.map((file) => [file.name, printFile(file)]));
  for (const [name, text] of wanted) if (onDisk.files.get(name) !== text) return false;
  for (const [name, text] of onDisk.files) if (!wanted.has(name) && text !== '') return false;
  return onDisk.config === print(next);
}
