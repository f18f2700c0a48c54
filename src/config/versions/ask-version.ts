/** Asks a HAProxy program for its version. */
import { spawnSync } from 'node:child_process';
import { haproxyEnvironment } from '../../lib/process/child-environment.ts';
import { type HaproxyVersion, parseHaproxyVersion } from './version.ts';
import { systemCode } from '../../lib/errors.ts';

/** The result of `haproxy -v`: a version, or why there is none, as a clause. */
export type HaproxyAnswer =
  | { readonly kind: 'version'; readonly version: HaproxyVersion }
  | { readonly kind: 'missing'; readonly why: string }
  | { readonly kind: 'unclear'; readonly why: string };

/** Runs `<binary> -v`; `binary` is looked up in the PATH of `env`. Takes some milliseconds, and blocks for them. */
export function askHaproxy(binary: string, env: Readonly<Record<string, string | undefined>>): HaproxyAnswer {
  const done = spawnSync(binary, ['-v'], {
    encoding: 'utf8',
    env: haproxyEnvironment(env),
    stdio: ['ignore', 'pipe', 'ignore'],
    timeout: PATIENCE,
    killSignal: 'SIGKILL',
  });
  const version = parseHaproxyVersion(done.stdout ?? '');
  if (version !== undefined) return { kind: 'version', version };
  const code = systemCode(done.error);
  if (code === 'ENOENT') {
    const isPath = binary.includes('/');
    return { kind: 'missing', why: isPath ? `there is no program ${binary}` : `there is no program ${binary} in the PATH` };
  }
  if (code === 'ETIMEDOUT') return { kind: 'unclear', why: `${binary} -v did not end within ${PATIENCE / 1000} s` };
  if (code !== undefined) return { kind: 'missing', why: `${binary} cannot be run (${code})` };
  return { kind: 'unclear', why: `${binary} -v prints no version` };
}

const PATIENCE = 5000;
