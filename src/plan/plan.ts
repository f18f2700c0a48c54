import type { ConfigDocument } from '../render/document.ts';
import { print, printMap } from '../render/document.ts';
import { compare } from './compare.ts';
import { reasonOf } from './reason.ts';

/** What is to be done so that HAProxy runs `next`: a value that can be printed, logged and shown. */
export type Plan =
  | { readonly kind: 'nothing' }
  /** Why each reason holds is said in the operator's words: `backend shop_10000 is new`. */
  | { readonly kind: 'reload'; readonly reasons: readonly string[] };

/** The text of the files that HAProxy reads at its next start. */
export interface FilesOnDisk {
  /** Undefined: there is none. */
  readonly config: string | undefined;
  /** By file name; those that are there. */
  readonly maps: ReadonlyMap<string, string>;
}

/**
 * Compares the document that HAProxy runs with the next one. `current` is undefined where only the files are known
 * (at start); `onDisk` may be left out where they were not read.
 */
export function plan(current: ConfigDocument | undefined, onDisk: FilesOnDisk | undefined, next: ConfigDocument): Plan {
  if (current !== undefined) {
    const reasons = compare(current, next).map(reasonOf);
    if (reasons.length > 0) return { kind: 'reload', reasons };
  }
  if (onDisk === undefined) return current === undefined ? { kind: 'reload', reasons: [UNKNOWN] } : { kind: 'nothing' };
  if (isOnDisk(onDisk, next)) return { kind: 'nothing' };
  if (onDisk.config === undefined) return { kind: 'reload', reasons: ['there is no configuration on disk'] };
  return { kind: 'reload', reasons: [UNKNOWN] };
}

const UNKNOWN = 'configuration on disk differs';

function isOnDisk(onDisk: FilesOnDisk, next: ConfigDocument): boolean {
  const wanted = new Map(next.maps.map((map) => [map.name, printMap(map)]));
  for (const [name, text] of wanted) if (onDisk.maps.get(name) !== text) return false;
  for (const [name, text] of onDisk.maps) if (!wanted.has(name) && text !== '') return false;
  return onDisk.config === print(next);
}
