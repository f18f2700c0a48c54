/** How the files of a document are compared with what the running HAProxy has of them, and replaced there: a row for each kind. */
import type { DocumentFile } from '../../render/files/kinds.ts';
import { isSameEntry } from '../../render/files/map.ts';
import { fillMap, prepareMap, showMap } from './commands.ts';
import { entriesIn, refusalIn, versionIn } from './replies.ts';

/** `missing`: HAProxy does not have it, as nothing in its configuration refers to it. */
export type FileState = 'same' | 'other' | 'missing';

export interface RuntimeFile<File> {
  compare(file: File, path: string, say: Say): Promise<FileState>;
  /** Gives HAProxy the content of a file; `commands` gets the commands that were sent. Returns why HAProxy refuses. */
  set(file: File, path: string, say: Say, commands: string[]): Promise<string | undefined>;
}

type Say = (commands: readonly string[]) => Promise<string>;

export const RUNTIME_FILES: { readonly [Kind in DocumentFile['kind']]: RuntimeFile<Extract<DocumentFile, { kind: Kind }>> } = {
  map: {
    async compare({ entries }, path, say) {
      const answer = await say([showMap(path)]);
      if (refusalIn(answer) !== undefined) return 'missing';
      const found = entriesIn(answer);
      const isSame =
        found.length === entries.length && entries.every((entry, at) => isSameEntry(entry, found[at] as (typeof found)[number]));
      return isSame ? 'same' : 'other';
    },

    /** A transaction: lookups see the old content or the new one. */
    async set(map, path, say, commands) {
      const prepare = prepareMap(path);
      const answer = await say([prepare]);
      commands.push(prepare);
      const version = versionIn(answer);
      if (version === undefined) return refusalIn(answer) ?? 'HAProxy gave the map no new version';
      for (const command of fillMap(path, version, map)) {
        commands.push(command.split(' <<\n')[0] ?? '');
        const refused = refusalIn(await say([command]));
        if (refused !== undefined) return refused;
      }
      return undefined;
    },
  },
};
