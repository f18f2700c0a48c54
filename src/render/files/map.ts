import { changedMiddle } from '../../lib/changed-middle.ts';
import type { FileKind } from './file-kind.ts';

/** What rules look up: a value for each key. */
export interface MapFile {
  readonly kind: 'map';
  /** File name beside the configuration: `domain2backend.map`. */
  readonly name: string;
  /** Key and value, in the order of the file. */
  readonly entries: readonly MapEntry[];
}

export type MapEntry = readonly [key: string, value: string];

/** The maps of `--haproxy-map`. */
export const DOMAIN_MAP = 'domain2backend.map';
export const APP_MAP = 'app2backend.map';

/** The map with the values of labels that change without a reload. A document has it only if a service has such a label. */
export const LABEL_MAP = 'labels.map';

/** The map with the app of each backend, for the access log. A document has it only if a frontend logs requests. */
export const BACKEND_MAP = 'backend2app.map';

export const MAP_KIND: FileKind<MapFile> = {
  names: [DOMAIN_MAP, APP_MAP, LABEL_MAP, BACKEND_MAP],
  isSecret: false,

  print({ entries }) {
    let text = '';
    for (const entry of entries) text += `${lineOf(entry)}\n`;
    return text;
  },

  read(name, text) {
    const entries = [...text.matchAll(/^(\S+) (\S+)$/gm)].map(([, key = '', value = '']) => [key, value] as const);
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

function lineOf([key, value]: MapEntry): string {
  return `${key} ${value}`;
}
