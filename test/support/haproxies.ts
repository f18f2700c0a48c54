import { accessSync, constants } from 'node:fs';
import { askHaproxy } from '../../src/config/ask-haproxy.ts';
import { featuresOf, type HaproxyFeatures } from '../../src/config/haproxy-version.ts';

/** The branches of HAProxy that the tests are for, and where each is. */
export const BRANCHES = {
  '2.6': '/usr/sbin/haproxy',
  '3.0': '/opt/haproxy-3.0/haproxy',
  '3.2': '/opt/haproxy-3.2/haproxy',
  '3.4': '/opt/haproxy-3.4/haproxy',
} as const;

/**
 * The HAProxy programs that tests run on: Debian's own, which must be there, and newer ones if they are installed. In CI all of them must be
 * there: a test that needs one fails then.
 */
export const HAPROXIES: readonly string[] = haproxiesOf(process.env);

/** Returns what tests run on with an environment: with `CI=true` all, there or not. */
export function haproxiesOf(env: Readonly<Record<string, string | undefined>>, isThere = isExecutable): readonly string[] {
  return Object.values(BRANCHES).filter((path) => env['CI'] === 'true' || path === BRANCHES['2.6'] || isThere(path));
}

/** Returns the version of a program as it prints it. Throws if it prints none. */
export function versionOf(haproxy: string): string {
  const answer = askHaproxy(haproxy, process.env);
  if (answer.kind !== 'version') throw new Error(`${answer.why}: scripts/haproxies.sh installs it`);
  return answer.version.text;
}

/** Returns what the configuration for a program depends on. */
export function featuresFor(haproxy: string): HaproxyFeatures {
  const answer = askHaproxy(haproxy, process.env);
  return featuresOf(answer.kind === 'version' ? answer.version : undefined);
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
