import { changedMiddle } from '../../lib/changed-middle.ts';
import type { FileKind } from './file-kind.ts';

/** What a rule looks up: a backend for each key. */
export interface MapFile {
  readonly kind: 'map';
  /** File name beside the configuration: `domain2backend.map`. */
  readonly name: string;
  /** Key and backend, in the order of the file. */
  readonly entries: readonly MapEntry[];
}

type MapEntry = readonly [key: string, backend: string];

/** The maps of `--haproxy-map`. */
export const DOMAIN_MAP = 'domain2backend.map';
export const APP_MAP = 'app2backend.map';

export const MAP_KIND: FileKind<MapFile> = {
  names: [DOMAIN_MAP, APP_MAP],
  isSecret: false,

  print({ entries }) {
    let text = '';
    for (const entry of entries) text += `${lineOf(entry)}\n`;
    return text;
  },

  read(name, text) {
    const entries = [...text.matchAll(/^(\S+) (\S+)$/gm)].map(([, key = '', backend = '']) => [key, backend] as const);
    const map: MapFile = { kind: 'map', name, entries };
    return MAP_KIND.print(map) === text ? map : undefined;
  },

  difference(before, after) {
    if (before?.entries === after?.entries) return undefined;
    const { gone, come } = changedMiddle(before?.entries ?? [], after?.entries ?? [], isSameEntry);
    if (before !== undefined && after !== undefined && gone.length + come.length === 0) return undefined;
    const [old, fresh] = [new Set(gone.map(lineOf)), new Set(come.map(lineOf))];
    return `+${countMissing(fresh, old)} -${countMissing(old, fresh)}`;
  },
};

/** Compares entry by entry, in their order: of two entries with one key the first counts. */
export function isSameEntry(one: MapEntry, other: MapEntry): boolean {
  return one === other || (one[0] === other[0] && one[1] === other[1]);
}

/** Counts what is not in the other set. */
function countMissing(lines: ReadonlySet<string>, other: ReadonlySet<string>): number {
  return [...lines].filter((line) => !other.has(line)).length;
}

function lineOf([key, backend]: MapEntry): string {
  return `${key} ${backend}`;
}
