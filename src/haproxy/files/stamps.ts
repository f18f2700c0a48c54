import { stat } from 'node:fs/promises';

/** Remembers files as they are, so that it can be told whether somebody else wrote them since. */
export interface Stamps {
  /** They are known as they are now. */
  note(): Promise<void>;
  /** Those that are not what they were when they were noted; none where they never were. */
  changed(): Promise<readonly string[]>;
}

/** By number, size and time of change: a file that is only touched counts as changed. */
export function createStamps(paths: readonly string[]): Stamps {
  let known: ReadonlyMap<string, string> | undefined;
  const look = async () => new Map(await Promise.all(paths.map(async (path) => [path, await stampOf(path)] as const)));
  return {
    async note() {
      known = await look();
    },
    async changed() {
      const before = known;
      if (before === undefined) return [];
      const now = await look();
      return paths.filter((path) => now.get(path) !== before.get(path));
    },
  };
}

/** Differs from before if the file changed, appeared or went away. */
export async function stampOf(path: string): Promise<string> {
  return stat(path, { bigint: true }).then(
    ({ ino, size, mtimeNs }) => `${ino} ${size} ${mtimeNs}`,
    () => NO_FILE,
  );
}

/** The stamp of a file that is not there. */
export const NO_FILE = 'none';
