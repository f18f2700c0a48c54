import { accessSync, constants, readFileSync } from 'node:fs';
import { askHaproxy } from '../../../src/config/versions/ask-version.ts';
import { featuresOf, type HaproxyFeatures } from '../../../src/config/versions/version.ts';

/** What the tests are for: where the program of each branch of HAProxy is, the major versions of Node, and the sets of tests. */
export const MATRIX = JSON.parse(readFileSync(new URL('../../../.ci/matrix.json', import.meta.url), 'utf8')) as {
  readonly haproxy: Readonly<Record<string, string>>;
  readonly node: readonly string[];
  readonly sets: readonly { readonly name: string; readonly what: string; readonly args: readonly string[] }[];
};

const BRANCHES = MATRIX.haproxy;

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
