import { join } from 'node:path';
import { nearest } from '../../lib/text/did-you-mean.ts';
import { UsageError } from '../usage-error.ts';
import type { World } from '../machine.ts';
import { messageOf } from '../../lib/errors.ts';

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

/**
 * Returns a sentence for each variable and file whose name is nearly that of a template, and for what has no effect beside a HEAD of the
 * operator's own. Files whose names begin with `HAPROXY_` are reported even if no name is near.
 */
export function templateWarnings(
  names: readonly string[],
  templates: Readonly<Record<string, string>>,
  sources: TemplateSources,
): readonly string[] {
  const known = new Set([...names.map((name) => `HAPROXY_${name}`), ...VARIABLES]);
  const isOdd = (name: string): boolean => name.startsWith('HAPROXY_') && !known.has(name) && !/^HAPROXY_SSL_CERT\d*$/.test(name);
  const bare = [...known].map(withoutPrefix);
  const meant = (name: string): string | undefined => {
    const near = nearest(withoutPrefix(name), bare);
    return near && `HAPROXY_${near}`;
  };
  const variables = Object.keys(sources.env).filter((name) => isOdd(name) && meant(name) !== undefined);
  const files = list(sources).filter(isOdd);
  const idle = templates['HEAD'] !== undefined && sources.env['HAPROXY_GLOBAL_DEFAULT_OPTIONS'] !== undefined;
  return [
    ...variables.map((name) => `the variable ${name} is not known and has no effect; did you mean ${meant(name)}?`),
    ...files.map((name) => {
      const near = meant(name);
      const hint = near === undefined ? 'no template has that name' : `did you mean ${near}?`;
      return `the file ${join(sources.dir, name)} is not known and has no effect; ${hint}`;
    }),
    ...(idle ? ['HAPROXY_GLOBAL_DEFAULT_OPTIONS has no effect beside HAPROXY_HEAD, which has options of its own'] : []),
  ];
}

function withoutPrefix(name: string): string {
  return name.slice('HAPROXY_'.length);
}

/** Variables of that prefix which are no templates. */
const VARIABLES = [
  'HAPROXY_GLOBAL_DEFAULT_OPTIONS',
  'HAPROXY_SYSCTL_PARAMS',
  'HAPROXY_SYSCTL_NONSTRICT',
  'HAPROXY_SYSLOGD',
] as const;

function list({ dir, dirGiven, listFolder }: TemplateSources): readonly string[] {
  try {
    return listFolder(dir);
  } catch (error) {
    if (!dirGiven && error instanceof Error && 'code' in error && (error.code === 'ENOENT' || error.code === 'ENOTDIR'))
      return [];
    throw new UsageError(`option --templates: the folder ${dir} cannot be read (${messageOf(error)})`, { cause: error });
  }
}

function read(path: string, { readFile }: TemplateSources): string {
  try {
    return readFile(path);
  } catch (error) {
    throw new UsageError(
      `the template ${path} cannot be read (${messageOf(error)}); fix it or remove it from the folder of --templates`,
      { cause: error },
    );
  }
}

function lf(text: string): string {
  return text.replaceAll('\r\n', '\n');
}
