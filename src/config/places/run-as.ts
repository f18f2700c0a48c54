/** Which user the default head has HAProxy run as (`docs/decisions/041-privileges.md`). */
import type { AdminListen } from './admin-listen.ts';
import type { TemplateDefaults } from '../settings.ts';
import type { Machine } from '../machine.ts';

/**
 * Returns what the head says about users: undefined if HAProxy is not started by root (it is taken for granted that it is started by the
 * user of this program), `root` if it has to stay that, and the user `haproxy` if that user can take over and reach what it needs.
 */
export function runAs(
  { isWanted, admin }: { readonly isWanted: boolean; readonly admin: AdminListen | undefined },
  machine: Pick<Machine, 'uid' | 'readFile' | 'accessOf'>,
): TemplateDefaults['runAs'] {
  if (machine.uid !== 0) return undefined;
  const read = (path: string): string => {
    try {
      return machine.readFile(path);
    } catch {
      return '';
    }
  };
  const capabilities = BigInt(`0x${/^CapEff:\s*([\da-f]+)/m.exec(read('/proc/self/status'))?.[1] ?? '0'}`);
  const may = (bit: bigint): boolean => ((capabilities >> bit) & 1n) === 1n;
  const root = { user: 'root', group: 'root', gid: 0, mayChroot: may(CAP_SYS_CHROOT) };
  if (!isWanted || !may(CAP_SETUID) || !may(CAP_SETGID)) return root;
  // In a user namespace other users may not exist, or groups may not be left.
  if (read('/proc/self/setgroups').trim() === 'deny') return root;
  const uid = /^haproxy:[^:]*:(\d+):/m.exec(read('/etc/passwd'))?.[1];
  const gid = /^haproxy:[^:]*:(\d+):/m.exec(read('/etc/group'))?.[1];
  if (uid === undefined || gid === undefined) return root;
  if (!isMapped(Number(uid), read('/proc/self/uid_map')) || !isMapped(Number(gid), read('/proc/self/gid_map'))) return root;
  if (admin?.kind === 'unix' && !canReach(admin.path, Number(gid), machine)) return root;
  return { ...root, user: 'haproxy', group: 'haproxy', gid: Number(gid) };
}

/** Returns whether a user namespace has an id; without a map all ids are there. */
function isMapped(id: number, map: string): boolean {
  const rows = map.trim().split('\n').filter(Boolean);
  if (rows.length === 0) return true;
  return rows.some((row) => {
    const [first = 0, , count = 0] = row.trim().split(/\s+/).map(Number);
    return id >= first && id < first + count;
  });
}

/** Returns whether a process of a group may pass all folders above a path. */
export function canReach(path: string, gid: number, { accessOf }: Pick<Machine, 'accessOf'>): boolean {
  const parts = path.split('/').slice(1, -1);
  return parts.every((_, at) => {
    const access = accessOf(`/${parts.slice(0, at + 1).join('/')}`);
    if (access === undefined) return false;
    return (access.mode & (access.gid === gid ? 0o010 : 0o001)) !== 0;
  });
}

/** Numbers of capabilities(7). */
const CAP_SETGID = 6n;
const CAP_SETUID = 7n;
const CAP_SYS_CHROOT = 18n;
