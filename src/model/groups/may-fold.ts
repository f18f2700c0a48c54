/** Which apps may be folded into a deployment group: an app of another team must not drain or replace the tasks of a group. */
import { labelsByIndex } from '../labels/definition.ts';
import type { Problem } from '../problem.ts';
import type { Workload } from '../workload.ts';

export interface Members {
  readonly members: readonly Workload[];
  /** Served as apps of their own. */
  readonly strangers: readonly Workload[];
}

/**
 * Tells the members of a group from strangers. If the id of a member belongs to the group (`/shop`, `/shop-blue`, `/shop/green`), only such
 * ids do: `zdd` makes them, and Marathon decides who may use them. Else the members must agree with the oldest of them, by the folder that
 * they are in (all of it: `/prod/team-a` and `/prod/team-b` may be two teams) or by the same service ports and hosts. `group`: in lower case. `isApp`: an app with the group's own id that is in no group.
 */
export function mayFold(group: string, apps: readonly Workload[], isApp: boolean): Members {
  const byName = apps.filter(({ id }) => isNamedAfter(group, id));
  if (byName.length > 0 || isApp) return apart(apps, (app) => byName.includes(app));
  if (apps.length === 1) return { members: apps, strangers: [] };
  const oldest = apps.reduce((one, other) => ((other.since ?? '') < (one.since ?? '') ? other : one));
  return apart(apps, (app) => app === oldest || isAlike(app, oldest));
}

/** Returns the problem for the owner of an app that does not belong to the group. */
export function strangerProblem({ id }: Workload, group: string): Problem {
  const detail = `it is not folded into ${group} and is served as itself: the apps of that group have other ids, ports and hosts`;
  const fix = `name the app ${group}-blue or ${group}-green, or give it another group`;
  return { code: 'deployment-group', app: id, label: 'HAPROXY_DEPLOYMENT_GROUP', detail, fix };
}

function apart(apps: readonly Workload[], isMember: (app: Workload) => boolean): Members {
  const members = apps.filter(isMember);
  return { members, strangers: members.length === apps.length ? [] : apps.filter((app) => !isMember(app)) };
}

function isNamedAfter(group: string, id: string): boolean {
  const lower = id.toLowerCase();
  return lower === group || lower.startsWith(`${group}-`) || lower.startsWith(`${group}/`);
}

function isAlike(app: Workload, other: Workload): boolean {
  const folder = folderOf(app.id);
  if (folder !== undefined && folder === folderOf(other.id)) return true;
  return facesOf(app) === facesOf(other);
}

/** Returns the folder of an id; undefined if it is in none. */
function folderOf(id: string): string | undefined {
  return /^\/(.+)\/[^/]+$/.exec(id)?.[1];
}

/** Returns the service ports and hosts of an app as one text. */
function facesOf(app: Workload): string {
  const byIndex = labelsByIndex(app);
  const ports = app.servicePorts.map((port, index) => {
    const own = byIndex.get(index);
    const hosts = (own?.['VHOST'] ?? '')
      .toLowerCase()
      .split(/[,\s]+/)
      .filter(Boolean)
      .sort();
    return `${own?.['PORT']?.trim() ?? port} ${own?.['PATH'] ?? ''} ${hosts.join(',')}`;
  });
  return ports.join('\n');
}
