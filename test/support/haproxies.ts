import { spawnSync } from 'node:child_process';
import { accessSync, constants } from 'node:fs';
import { featuresOf, type HaproxyFeatures, parseHaproxyVersion } from '../../src/config/haproxy-version.ts';

/** The HAProxy programs of this machine that tests run on: Debian's own, which must be there, and newer ones where installed. */
export const HAPROXIES: readonly string[] = [
  '/usr/sbin/haproxy',
  ...['/opt/haproxy-3.0/haproxy', '/opt/haproxy-3.2/haproxy'].filter(isExecutable),
];

/** What a HAProxy program of this machine does. */
export function featuresAt(haproxy: string): HaproxyFeatures {
  return featuresOf(parseHaproxyVersion(spawnSync(haproxy, ['-v'], { encoding: 'utf8' }).stdout));
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
