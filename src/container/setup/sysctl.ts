import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Logger } from '../../log/logger.ts';
import type { Environment } from './environment.ts';
import { ContainerError } from '../error.ts';
import { systemCode } from '../../lib/errors.ts';

/**
 * Sets kernel parameters as `sysctl -w` does, without that program. What cannot be set is a `ContainerError`, or a warning if that
 * is allowed.
 */
export async function setSysctl(
  { sysctl, sysctlStrict }: Pick<Environment, 'sysctl' | 'sysctlStrict'>,
  log: Pick<Logger, 'warn' | 'info'>,
  folder: string = '/proc/sys',
): Promise<void> {
  for (const [name, value] of sysctl) {
    // Dots are the usual way to write slashes; if there is a slash, dots are part of a name (net/ipv4/conf/eth0.1/…).
    const path = join(folder, name.includes('/') ? name : name.replaceAll('.', '/'));
    try {
      await writeFile(path, `${value}\n`, { flag: 'r+' });
      log.info(`${name} is set to ${value}`);
    } catch (error) {
      const why = systemCode(error) ?? String(error);
      const what = `HAPROXY_SYSCTL_PARAMS: ${name} cannot be set to ${value} (${why})`;
      if (sysctlStrict)
        throw new ContainerError(`${what}: correct it, or set HAPROXY_SYSCTL_NONSTRICT=true to go on without.`, { cause: error });
      log.warn(what);
    }
  }
}
