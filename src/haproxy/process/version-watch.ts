/** Notices that the HAProxy program was replaced, by an upgrade of the package for example, while this program runs. */
import { type BigIntStats, statSync } from 'node:fs';
import { join } from 'node:path';
import { askHaproxy, type HaproxyAnswer } from '../../config/versions/ask-version.ts';
import { tooOld } from '../../config/versions/installed.ts';
import { type HaproxyVersion, isSupported } from '../../config/versions/version.ts';
import type { HaproxySettings } from '../../config/settings.ts';
import type { Logger } from '../../log/logger.ts';

export interface VersionWatch {
  /** The version that the configuration is written for; undefined: it is not known. */
  readonly current: HaproxyVersion | undefined;
  /** Returns whether the program was replaced since the last `look`. */
  isOther(): boolean;
  /** Returns the version of a program that replaced the one before since the last call; undefined: it is the same, or of no use. */
  look(): HaproxyVersion | undefined;
}

export interface VersionWatchDeps {
  readonly log: Logger;
  readonly env?: Readonly<Record<string, string | undefined>>;
  readonly ask?: (binary: string) => HaproxyAnswer;
}

/** Looks at the file of `binary`: costs a `stat` as long as it is the same. If `asked` is not set the version is given, and nothing is looked at. */
export function createVersionWatch(
  { binary, asked }: Pick<HaproxySettings, 'binary' | 'asked'>,
  { log, env = process.env, ask = (program) => askHaproxy(program, env) }: VersionWatchDeps,
): VersionWatch {
  if (asked === undefined) return { current: undefined, isOther: () => false, look: () => undefined };
  let stamp = stampOf(binary, env);
  let known = asked;
  let isUnclear = false;
  return {
    get current() {
      return known;
    },
    isOther() {
      const now = stampOf(binary, env);
      // A package that is being upgraded takes the file away for a moment.
      return now !== undefined && now !== stamp;
    },
    look() {
      const now = stampOf(binary, env);
      if (now === undefined || (now === stamp && !isUnclear)) return undefined;
      stamp = now;
      const answer = ask(binary);
      // If there is no answer it may be written at this moment: ask again the next time.
      isUnclear = answer.kind !== 'version';
      if (answer.kind !== 'version') {
        log.warn(
          `HAProxy was replaced, but its version is not known: ${answer.why}; the configuration is still written for ${known.text}`,
        );
        return undefined;
      }
      const { version } = answer;
      if (version.text === known.text) return undefined;
      if (!isSupported(version)) {
        log.error(`HAProxy was replaced: ${tooOld(version)}; the configuration is still written for ${known.text}`);
        return undefined;
      }
      log.info(
        `HAProxy was replaced: version ${known.text} before, ${version.text} now; the configuration is written for that one`,
      );
      known = version;
      return version;
    },
  };
}

/** Returns undefined for a missing file, and for one in a folder that this user may not read. */
function statOf(path: string): BigIntStats | undefined {
  try {
    return statSync(path, { bigint: true });
  } catch {
    return undefined;
  }
}

/** Returns what changes when a file is written again or replaced; undefined: it is not there. */
export function stampOf(binary: string, env: Readonly<Record<string, string | undefined>>): string | undefined {
  const paths = binary.includes('/') ? [binary] : (env['PATH'] ?? '').split(':').map((folder) => join(folder, binary));
  for (const path of paths) {
    const found = statOf(path);
    if (found?.isFile()) return `${found.dev} ${found.ino} ${found.size} ${found.mtimeNs}`;
  }
  return undefined;
}
