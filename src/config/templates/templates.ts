import { join } from 'node:path';
import { UsageError } from '../usage-error.ts';
import type { World } from '../machine.ts';

export interface TemplateSources extends Pick<World, 'env' | 'listFolder' | 'readFile'> {
  readonly dir: string;
  /** The folder was asked for (`--templates`): that it cannot be read is a mistake. */
  readonly dirGiven: boolean;
}

/**
 * Templates that replace the default ones, by name: the environment variable `HAPROXY_<NAME>` (the two characters `\n` are a line end),
 * else the file `HAPROXY_<NAME>` of the folder. CR LF become LF. Throws `UsageError` where a file that is there cannot be read.
 */
export function loadTemplates(names: readonly string[], sources: TemplateSources): Record<string, string> {
  const files = new Set(list(sources));
  const found: Record<string, string> = {};
  for (const name of names) {
    const key = `HAPROXY_${name}`;
    const fromEnv = sources.env[key];
    if (fromEnv !== undefined) found[name] = lf(fromEnv.replaceAll(String.raw`\n`, '\n'));
    else if (files.has(key)) found[name] = lf(read(join(sources.dir, key), sources));
  }
  return found;
}

function list({ dir, dirGiven, listFolder }: TemplateSources): readonly string[] {
  try {
    return listFolder(dir);
  } catch (error) {
    if (!dirGiven && error instanceof Error && 'code' in error && (error.code === 'ENOENT' || error.code === 'ENOTDIR'))
      return [];
    throw new UsageError(`option --templates: the folder ${dir} cannot be read (${reason(error)})`, { cause: error });
  }
}

function read(path: string, { readFile }: TemplateSources): string {
  try {
    return readFile(path);
  } catch (error) {
    throw new UsageError(
      `the template ${path} cannot be read (${reason(error)}); mend it or remove it from the folder of --templates`,
      { cause: error },
    );
  }
}

function lf(text: string): string {
  return text.replaceAll('\r\n', '\n');
}

function reason(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
