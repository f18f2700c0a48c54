import { createHash } from 'node:crypto';
import { join, resolve } from 'node:path';
import { defaultConfig } from './default-config.ts';
import { UsageError } from '../usage-error.ts';
import type { Machine } from '../machine.ts';

/** `sun_path` holds 108 bytes on Linux, 104 on macOS; HAProxy appends `.<pid>.tmp` while it binds. */
const longestSocketPath = 85;

/**
 * The private folder for HAProxy's runtime socket: `/var/run/marathon-lb` for root, else in the user's runtime folder or under the
 * temporary one with the user's id. Only named here; `makePrivateFolder` makes it.
 */
export function runtimeFolder({ env, uid, tmpdir }: Pick<Machine, 'env' | 'uid' | 'tmpdir'>): string {
  if (uid === 0) return '/var/run/marathon-lb';
  const own = `marathon-lb-${uid ?? 'user'}`;
  const candidates = [...(env['XDG_RUNTIME_DIR'] ? [join(env['XDG_RUNTIME_DIR'], 'marathon-lb')] : []), join(tmpdir, own)];
  return candidates.find(fits) ?? join('/tmp', own);
}

/** The folder that `--runtime-dir` names, made absolute. Throws `UsageError` if HAProxy could not have a socket in it. */
export function givenRuntimeFolder(path: string, cwd: string): string {
  const folder = resolve(cwd, path);
  if (fits(folder)) return folder;
  throw new UsageError(
    `option --runtime-dir: HAProxy can have no socket in ${JSON.stringify(folder)}; name an absolute path of letters, digits and . _ + @ - with at most ${longestSocketPath - 22} characters`,
  );
}

/**
 * Path of the runtime socket. Another configuration file than the default one has a socket of its own name, so that two HAProxy on one
 * machine do not take each other's.
 */
export function statsSocketFor(config: string, folder: string): string {
  return join(folder, socketName('haproxy', config));
}

/** Returns the name of a socket file: one of its own for each configuration but the default one. */
export function socketName(name: string, config: string): string {
  if (config === defaultConfig) return `${name}.sock`;
  return `${name}-${createHash('sha256').update(config).digest('hex').slice(0, 8)}.sock`;
}

/** Short enough for a socket's path, and without characters that mean something in HAProxy's configuration. */
function fits(folder: string): boolean {
  return /^\/[\w.+@/-]+$/.test(folder) && join(folder, 'haproxy-00000000.sock').length <= longestSocketPath;
}
