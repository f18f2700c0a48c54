import { defaultConfig } from '../../config/places/default-config.ts';
import type { HaproxySettings } from '../../config/settings.ts';
import type { Logger } from '../../log/logger.ts';
import { HaproxyError } from '../error.ts';
import { type InitReload, findInitReload, thisInitProbe } from './init-system.ts';
import { shellWords } from '../../lib/text/shell-words.ts';

export interface CommandFinderDeps {
  readonly log: Logger;
  readonly initReload?: (() => Promise<InitReload | undefined>) | undefined;
}

/**
 * Finds the words to run, at every reload anew: an init system may come later. It knows only the HAProxy of the default file: another
 * one needs a command. Warns once if there is none. Throws a `HaproxyError` (`command-malformed`) for a `--command` that has no words.
 */
export function createCommandFinder(
  settings: Pick<HaproxySettings, 'config' | 'command'>,
  deps: CommandFinderDeps,
): () => Promise<readonly string[] | undefined> {
  const find = deps.initReload ?? (() => findInitReload(thisInitProbe));
  const given = settings.command !== undefined && settings.command.trim() !== '' ? parse(settings.command) : undefined;
  let isWarned = false;
  return async () => {
    if (given !== undefined) return given;
    const isDefault = settings.config === defaultConfig;
    const found = isDefault ? await find() : undefined;
    if (found === undefined && !isWarned) {
      deps.log.warn(
        isDefault
          ? 'HAProxy is not reloaded: no --command is given, and no Upstart job, systemd unit or SysV script of the name haproxy was found'
          : `HAProxy is not reloaded: an init system would reload the one of ${defaultConfig}, not of ${settings.config}; say with --command or --master-socket how that one is reloaded`,
      );
      isWarned = true;
    }
    return found?.words;
  };
}

function parse(command: string): readonly string[] {
  const words = shellWords(command);
  if (words !== undefined && words.length > 0) return words;
  throw new HaproxyError(
    'command-malformed',
    `--command cannot be split into words: a quote or a backslash is left open in: ${command}`,
    {
      retryable: false,
    },
  );
}
