/** Where the program's own endpoints are, and which user HAProxy runs as: each depends on the other. */
import { dirname, join } from 'node:path';
import { type AdminListen, readAdminListen } from './admin-listen.ts';
import { canReach, runAs } from './run-as.ts';
import { socketName } from './runtime-folder.ts';
import type { TemplateDefaults } from '../settings.ts';
import type { Machine } from '../machine.ts';

export interface AdminPlace {
  /** Undefined if it is off. */
  readonly admin: AdminListen | undefined;
  /** The socket file that takes its place if another program has its port; undefined: there is none, or it is a socket file itself. */
  readonly spare?: AdminListen | undefined;
  readonly runAs: TemplateDefaults['runAs'];
}

export interface AdminRequest {
  /** The value of `--admin-listen`. */
  readonly given: string | undefined;
  /** HAProxy may become the user `haproxy`. */
  readonly isWanted: boolean;
  /** Path of the configuration: each load balancer on a machine has its own. */
  readonly config: string;
  /** The folder of HAProxy's sockets. */
  readonly runtime: string;
}

/**
 * Returns what `--admin-listen` says. By default it is a socket file: no app's port is taken. It is in the private folder of HAProxy's
 * sockets if HAProxy runs as the user of this program; otherwise in a folder of its own that HAProxy's user can pass
 * (`docs/decisions/059-admin-socket.md`). Throws `UsageError`.
 */
export function adminPlace({ given, isWanted, config, runtime }: AdminRequest, machine: Machine): AdminPlace {
  if (given !== undefined) {
    const admin = readAdminListen(given);
    const user = runAs({ isWanted, admin }, machine);
    return { admin, spare: admin?.kind === 'tcp' ? ownSocket({ config, runtime }, user, machine) : undefined, runAs: user };
  }
  const wanted = runAs({ isWanted, admin: undefined }, machine);
  const own = ownSocket({ config, runtime }, wanted, machine);
  if (own !== undefined) return { admin: own, runAs: wanted };
  const admin = privateSocket({ config, runtime });
  return { admin, runAs: runAs({ isWanted: false, admin }, machine) };
}

/** Returns a socket file that HAProxy can reach as the user it runs as; undefined if there is no place for one. */
function ownSocket(
  place: Pick<AdminRequest, 'config' | 'runtime'>,
  user: TemplateDefaults['runAs'],
  machine: Machine,
): AdminListen | undefined {
  if (user === undefined || user.user === 'root') return privateSocket(place);
  const folders = [`${place.runtime}-admin`, '/var/run/marathon-lb-admin', join(machine.tmpdir, 'marathon-lb-admin')];
  const folder = folders.find((path) => canReach(path, user.gid, machine) && isMakable(path, machine));
  return folder === undefined ? undefined : { kind: 'unix', path: join(folder, fileOf(place)), folder: 'passable' };
}

function privateSocket(place: Pick<AdminRequest, 'config' | 'runtime'>): AdminListen {
  return { kind: 'unix', path: join(place.runtime, fileOf(place)), folder: 'private' };
}

function fileOf({ config }: Pick<AdminRequest, 'config'>): string {
  return socketName('mlb-admin', config);
}

/** Returns whether a folder can be written, or made. */
function isMakable(path: string, { accessOf, isWritable }: Pick<Machine, 'accessOf' | 'isWritable'>): boolean {
  return isWritable(accessOf(path) === undefined ? dirname(path) : path);
}
