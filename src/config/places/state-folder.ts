import { createHash } from 'node:crypto';
import { isAbsolute, join } from 'node:path';
import { defaultConfig } from './default-config.ts';
import type { Machine } from '../machine.ts';

/**
 * Where the program keeps what it is to know after a restart: `/var/lib/marathon-lb` for root, else in the user's state folder. Another
 * configuration file than the default one has a folder of its own in there, so that two load balancers on one machine do not mix.
 */
export function stateFolder(config: string, { env, uid, tmpdir }: Pick<Machine, 'env' | 'uid' | 'tmpdir'>): string {
  const folder = uid === 0 ? '/var/lib/marathon-lb' : join(ownFolder(env, uid, tmpdir), 'marathon-lb');
  if (config === defaultConfig) return folder;
  return join(folder, createHash('sha256').update(config).digest('hex').slice(0, 8));
}

/** Relative paths in the variable must be ignored (XDG Base Directory Specification). */
function ownFolder(env: Machine['env'], uid: number | undefined, tmpdir: string): string {
  const { XDG_STATE_HOME: state, HOME: home } = env;
  if (state && isAbsolute(state)) return state;
  return home && isAbsolute(home) ? join(home, '.local/state') : join(tmpdir, `marathon-lb-${uid ?? 'user'}`);
}
