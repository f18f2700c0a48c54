import { access } from 'node:fs/promises';
import { run } from '../../lib/process/run.ts';

/** The questions to the machine that find its init system. */
export interface InitProbe {
  /** Returns whether there is a file or folder. */
  exists(path: string): Promise<boolean>;
  /** Returns whether a program ends with status 0; false if it cannot be run. */
  succeeds(program: string, args: readonly string[]): Promise<boolean>;
}

/** The reload of HAProxy by an init system. */
export interface InitReload {
  readonly name: 'Upstart' | 'systemd' | 'SysV';
  readonly words: readonly string[];
}

/** Finds what reloads HAProxy on this machine: an Upstart job, a systemd unit or a SysV script, in that order. Returns undefined if there is none. */
export async function findInitReload(probe: InitProbe): Promise<InitReload | undefined> {
  if ((await probe.exists('/etc/init/haproxy.conf')) && (await probe.succeeds('initctl', ['status', 'haproxy']))) {
    return { name: 'Upstart', words: ['reload', 'haproxy'] };
  }
  // The folder is what sd_booted(3) looks for: systemctl alone is also installed where systemd does not run.
  if ((await probe.exists('/run/systemd/system')) && (await probe.succeeds('systemctl', ['cat', 'haproxy.service']))) {
    return { name: 'systemd', words: ['systemctl', 'reload', 'haproxy'] };
  }
  if (await probe.exists('/etc/init.d/haproxy')) return { name: 'SysV', words: ['/etc/init.d/haproxy', 'reload'] };
  return undefined;
}

/** This machine. */
export const thisInitProbe: InitProbe = {
  exists: async (path) =>
    access(path).then(
      () => true,
      () => false,
    ),
  succeeds: async (program, args) =>
    run(program, args, { timeout: 10_000, limit: 0 }).then(
      ({ code }) => code === 0,
      () => false,
    ),
};
