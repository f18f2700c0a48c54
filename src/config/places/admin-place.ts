/** Where the program's own endpoints are, and which user HAProxy runs as: each depends on the other. */
import { dirname, join } from 'node:path';
import { type AdminListen, readAdminListen } from './admin-listen.ts';
import { canReach, runAs } from './run-as.ts';
import { socketName } from './runtime-folder.ts';
import type { TemplateDefaults } from '../settings.ts';
import type { World } from '../machine.ts';

export interface AdminPlace {
  /** Undefined if it is off. */
  readonly admin: AdminListen | undefined;
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
export function adminPlace({ given, isWanted, config, runtime }: AdminRequest, world: World): AdminPlace {
  if (given !== undefined) {
    const admin = readAdminListen(given);
    return { admin, runAs: runAs({ isWanted, admin }, world) };
  }
  const file = socketName('mlb-admin', config);
  const wanted = runAs({ isWanted, admin: undefined }, world);
  if (wanted !== undefined && wanted.user !== 'root') {
    const folders = [`${runtime}-admin`, '/var/run/marathon-lb-admin', join(world.tmpdir, 'marathon-lb-admin')];
    const folder = folders.find((path) => canReach(path, wanted.gid, world) && isMakable(path, world));
    if (folder !== undefined) return { admin: { kind: 'unix', path: join(folder, file), folder: 'passable' }, runAs: wanted };
  }
  const own = { kind: 'unix', path: join(runtime, file), folder: 'private' } as const;
  return { admin: own, runAs: runAs({ isWanted: false, admin: own }, world) };
}

/** Returns whether a folder can be written, or made. */
function isMakable(path: string, { accessOf, isWritable }: Pick<World, 'accessOf' | 'isWritable'>): boolean {
  return isWritable(accessOf(path) === undefined ? dirname(path) : path);
}
