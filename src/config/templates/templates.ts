import { join } from 'node:path';
import { nearest } from '../../lib/text/did-you-mean.ts';
import { UsageError } from '../usage-error.ts';
import type { Machine } from '../machine.ts';
import { messageOf, systemCode } from '../../lib/errors.ts';

export interface TemplateFolder {
  readonly path: string;
  /** It was asked for (`--templates`): that it cannot be read is a mistake. */
  readonly isGiven: boolean;
}

export interface TemplateSources extends Pick<Machine, 'env' | 'listFolder' | 'readFile'> {
  /** A template is taken from the first that has it. */
  readonly folders: readonly TemplateFolder[];
}

/**
 * Templates that replace the default ones, by name: the environment variable `HAPROXY_<NAME>` (the two characters `\n` are a line end),
 * else the file `HAPROXY_<NAME>` of the first folder that has it. CR LF become LF. Throws `UsageError` if an existing file cannot be read.
 */
export function loadTemplates(names: readonly string[], sources: TemplateSources): Record<string, string> {
  const folders = sources.folders.map((folder) => ({ path: folder.path, files: new Set(list(folder, sources)) }));
  const found: Record<string, string> = {};
  for (const name of names) {
    const key = `HAPROXY_${name}`;
    const fromEnv = sources.env[key];
    const folder = folders.find(({ files }) => files.has(key));
    if (fromEnv !== undefined) found[name] = lf(fromEnv.replaceAll(String.raw`\n`, '\n'));
    else if (folder !== undefined) found[name] = lf(read(join(folder.path, key), sources));
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
  const files = sources.folders.flatMap((folder) =>
    list(folder, sources)
      .filter(isOdd)
      .map((name) => ({ name, path: join(folder.path, name) })),
  );
  const idle = templates['HEAD'] !== undefined && sources.env['HAPROXY_GLOBAL_DEFAULT_OPTIONS'] !== undefined;
  return [
    ...variables.map((name) => `the variable ${name} is not known and has no effect; did you mean ${meant(name)}?`),
    ...files.map(({ name, path }) => {
      const near = meant(name);
      const hint = near === undefined ? 'no template has that name' : `did you mean ${near}?`;
      return `the file ${path} is not known and has no effect; ${hint}`;
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

function list({ path, isGiven }: TemplateFolder, { listFolder }: Pick<Machine, 'listFolder'>): readonly string[] {
  try {
    return listFolder(path);
  } catch (error) {
    if (!isGiven && ['ENOENT', 'ENOTDIR'].includes(systemCode(error) ?? '')) return [];
    throw new UsageError(`option --templates: the folder ${path} cannot be read (${messageOf(error)})`, { cause: error });
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
