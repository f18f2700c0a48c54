/** Compares the files of a document with those in the running HAProxy, and replaces them there: a row for each kind. */
import type { DocumentFile } from '../../render/files/kinds.ts';
import { printEntry } from '../../render/files/crt-list.ts';
import { isSameEntry } from '../../render/files/map.ts';
import { addToCrtList, deleteFromCrtList, fillMap, prepareMap, showCrtList, showMap } from './commands.ts';
import { crtListIn, entriesIn, hasCommitted, refusalIn, versionIn } from './replies.ts';

/** `missing`: HAProxy does not have it, as nothing in its configuration refers to it. */
export type FileState = 'same' | 'other' | 'missing';

export interface RuntimeFile<File> {
  compare(file: File, path: string, send: Send): Promise<FileState>;
  /** Gives HAProxy the content of a file; `commands` gets the commands that were sent. Returns why HAProxy refuses. */
  set(file: File, path: string, send: Send, commands: string[]): Promise<string | undefined>;
}

type Send = (commands: readonly string[]) => Promise<string>;

/** Returns what is done with files of its kind. */
export function runtimeOf({ kind }: DocumentFile): RuntimeFile<DocumentFile> {
  return RUNTIME_FILES[kind];
}

const RUNTIME_FILES: { readonly [Kind in DocumentFile['kind']]: RuntimeFile<Extract<DocumentFile, { kind: Kind }>> } = {
  map: {
    async compare({ entries }, path, send) {
      const answer = await send([showMap(path)]);
      if (refusalIn(answer) !== undefined) return 'missing';
      const found = entriesIn(answer);
      const isSame =
        found.length === entries.length && entries.every((entry, at) => isSameEntry(entry, found[at] as (typeof found)[number]));
      return isSame ? 'same' : 'other';
    },

    /** A transaction: lookups see the old content or the new one. */
    async set(map, path, send, commands) {
      const prepare = prepareMap(path);
      const answer = await send([prepare]);
      commands.push(prepare);
      const version = versionIn(answer);
      if (version === undefined) return refusalIn(answer) ?? 'HAProxy gave the map no new version';
      for (const command of fillMap(path, version, map)) {
        commands.push(command.split(' <<\n')[0] ?? '');
        const refused = refusalIn(await send([command]));
        if (refused !== undefined) return refused;
      }
      return undefined;
    },
  },

  'crt-list': {
    async compare({ entries }, path, send) {
      const answer = await send([showCrtList(path)]);
      if (refusalIn(answer) !== undefined) return 'missing';
      const found = crtListIn(answer).map(({ text }) => keyOf(text));
      const wanted = entries.map((entry) => keyOf(printEntry(entry)));
      const there = new Set(found);
      const isSame = found.length === wanted.length && found[0] === wanted[0] && wanted.every((key) => there.has(key));
      return isSame ? 'same' : 'other';
    },

    /** What is new comes before what is old goes: each host has a certificate at any time. */
    async set({ entries }, path, send, commands) {
      const answer = await send([showCrtList(path)]);
      const missing = refusalIn(answer);
      if (missing !== undefined) return missing;
      const found = crtListIn(answer);
      const [first, ...rest] = entries;
      if (first !== undefined && keyOf(found[0]?.text ?? '') !== keyOf(printEntry(first)))
        return 'the default certificate is another one, or has other hosts';
      const there = new Set(found.map(({ text }) => keyOf(text)));
      for (const entry of rest) {
        if (there.has(keyOf(printEntry(entry)))) continue;
        const command = addToCrtList(path, entry);
        commands.push(command.replace(' <<\n', ' '));
        const added = await send([command]);
        if (!hasCommitted(added)) return refusalIn(added) ?? added.trim().replaceAll(/\s+/g, ' ').slice(0, 300);
      }
      const wanted = new Set(entries.map((entry) => keyOf(printEntry(entry))));
      for (const line of found) {
        // One of several that are the same stays.
        if (wanted.delete(keyOf(line.text))) continue;
        const command = deleteFromCrtList(path, line);
        commands.push(command);
        const refused = refusalIn(await send([command]));
        if (refused !== undefined) return refused;
      }
      return undefined;
    },
  },

  /** As of keys. */
  'client authority': {
    compare: async () => 'same',
    set: async () => 'HAProxy reads an authority of clients at its start only',
  },

  /** HAProxy reads them at its start only. Another key has another name, so that its configuration differs too. */
  key: {
    compare: async () => 'same',
    set: async () => 'HAProxy reads a key at its start only',
  },

  /** As of keys. */
  'error page': {
    compare: async () => 'same',
    set: async () => 'HAProxy reads an error page at its start only',
  },
};

/** Returns what two lines of a list have in common that are the same entry: HAProxy has an order of its own for options. */
function keyOf(line: string): string {
  const [, path = '', options = '', hosts = ''] = /^(\S*)(?: \[([^\]]*)\])?(.*)$/.exec(line.trim()) ?? [];
  return `${path} [${sorted(options)}] ${sorted(hosts)}`;
}

function sorted(words: string): string {
  return words.trim().split(/ +/).sort().join(' ');
}
