/** Deployment groups (blue/green): two apps become one, and the old side drains. */
import { sidesOf, startedAt } from './draining-side.ts';
import { readWords } from '../../haproxy-config/words.ts';
import { mayFold, strangerProblem } from './may-fold.ts';
import { groupRuleDenial } from '../policy/rules/denials.ts';
import { type Policy, ruleFor } from '../policy/rules/policy.ts';
import type { Problem } from '../problem.ts';
import { areIdentical } from '../../lib/deep-equal.ts';
import type { Workload } from '../workload.ts';
import { parseId } from '../values/ids.ts';

export interface FoldedGroups {
  /** All apps, in the source's order; those of deployment groups after all others, one for each group. */
  readonly apps: readonly Workload[];
  /** Ids of the tasks that drain. */
  readonly draining: ReadonlySet<string>;
  readonly problems: readonly Problem[];
}

const GROUP = 'HAPROXY_DEPLOYMENT_GROUP';

/** The last fold: a group whose apps are the same objects stays the same object. */
export interface GroupsMemo {
  apps: readonly Workload[];
  readonly groups: Map<string, Group>;
  /** Whether there were apps that name a group that is not theirs. */
  hasStrangers: boolean;
}

export function createGroupsMemo(): GroupsMemo {
  return { apps: [], groups: new Map(), hasStrangers: false };
}

interface Group {
  readonly members: readonly Workload[];
  readonly app: Workload;
  readonly draining: ReadonlySet<string>;
  readonly problems: readonly Problem[];
}

/** Folds the apps of each deployment group into one app. Apps that name a group of another rule of the policy are left out. */
export function foldDeploymentGroups(
  apps: readonly Workload[],
  memo: GroupsMemo = createGroupsMemo(),
  policy?: Policy,
): FoldedGroups {
  const before = memo.apps;
  const isFree =
    memo.groups.size === 0 &&
    !memo.hasStrangers &&
    !apps.some((app, at) => app !== before[at] && deploymentGroup(app) !== undefined);
  memo.apps = apps;
  if (isFree) return { apps, draining: new Set(), problems: [] };
  const { plain, members, problems } = split(apps, policy);
  memo.hasStrangers = problems.length > 0;
  for (const id of memo.groups.keys()) if (!members.has(id)) memo.groups.delete(id);
  const groups = [...members].map(([id, own]) => {
    const before = memo.groups.get(id);
    const group = before !== undefined && areIdentical(before.members, own) ? before : fold(id, own);
    memo.groups.set(id, group);
    return group;
  });
  return {
    apps: [...plain, ...groups.map(({ app }) => app)],
    draining: new Set(groups.flatMap(({ draining }) => [...draining])),
    problems: [...problems, ...groups.flatMap(({ problems }) => problems)],
  };
}

/** The deployment group of an app, as an app id. */
export function deploymentGroup({ labels }: Pick<Workload, 'labels'>): string | undefined {
  const group = labels[GROUP];
  if (group === undefined) return undefined;
  // It becomes an app id, which stands in frontends that all apps share.
  const parsed = parseId(group);
  if ('must' in parsed) return undefined;
  return parsed.value.startsWith('/') ? parsed.value : `/${parsed.value}`;
}

interface Split {
  readonly plain: readonly Workload[];
  readonly members: ReadonlyMap<string, readonly Workload[]>;
  /** Of apps that name a group that is not theirs. */
  readonly problems: readonly Problem[];
}

function split(apps: readonly Workload[], policy: Policy | undefined): Split {
  const plain: Workload[] = [];
  const named = new Map<string, Workload[]>();
  const problems: Problem[] = [];
  for (const app of apps) {
    const id = deploymentGroup(app);
    const denial = id === undefined || policy === undefined ? undefined : foreignRule(app, id, policy);
    if (denial !== undefined) {
      problems.push(denial);
      continue;
    }
    const own = id === undefined ? plain : named.get(asHaproxyHas(id));
    if (own) own.push(app);
    else if (id !== undefined) named.set(asHaproxyHas(id), [app]);
  }
  const ids = new Set(plain.map(({ id }) => id.toLowerCase()));
  const members = new Map<string, readonly Workload[]>();
  for (const [name, own] of named) {
    const fold = mayFold(name, own, ids.has(name));
    const [first] = fold.members;
    if (first !== undefined) members.set(deploymentGroup(first) ?? name, fold.members);
    plain.push(...fold.strangers);
    problems.push(...fold.strangers.map((app) => strangerProblem(app, name)));
  }
  return { plain, members, problems };
}

/** An app that is served by the name of a group must not get the rights of that name, nor lose its own limits. */
function foreignRule(app: Workload, group: string, policy: Policy): Problem | undefined {
  const [own, other] = [ruleFor(policy, app.id), ruleFor(policy, group)];
  return own === other ? undefined : groupRuleDenial(app.id, group, own, other);
}

/** Returns an app id as HAProxy compares it with a header: without quotes and backslashes, in lower case. */
function asHaproxyHas(id: string): string {
  return (/^[\w/.-]*$/.test(id) ? id : readWords(id).join(' ')).toLowerCase();
}

function fold(id: string, members: readonly Workload[]): Group {
  const draining = new Set<string>();
  const problems: Problem[] = [];
  const [first, ...others] = members;
  let app = first as Workload;
  for (const other of others) app = merge(id, app, other, draining, problems);
  return { members, app: withSides(id, app, members), draining, problems };
}

/**
 * The group with the definition of the app that was deployed first, and with its apps as sides. Who drains follows the last scaling, but
 * whose definition serves must not change when somebody goes back (`docs/decisions/070-whose-definition-serves.md`).
 */
function withSides(id: string, app: Workload, members: readonly Workload[]): Workload {
  if (members.length === 1) return { ...app, id };
  const sides = inOrderOfStart(members).map((member) => ({ ...member, id }));
  const { tasks, unreadTasks } = app;
  return { ...(sides[0] as Workload), tasks, unreadTasks, sides };
}

/**
 * The one that was deployed first leads; of two that began together, the one that was met last (1.15). A date that cannot be read comes last:
 * the app that serves already had a good one.
 */
function inOrderOfStart(members: readonly Workload[]): readonly Workload[] {
  return members.toReversed().sort((a, b) => {
    const [one, other] = [startOf(a), startOf(b)];
    return one === other ? 0 : one - other;
  });
}

function startOf(app: Workload): number {
  return startedAt(app) ?? Number.POSITIVE_INFINITY;
}

function merge(id: string, first: Workload, second: Workload, draining: Set<string>, problems: Problem[]): Workload {
  const sides = sidesOf(first, second);
  if (sides.kind === 'malformed') {
    problems.push({ code: 'deployment-group', app: id, label: sides.label, detail: sides.detail });
    return together(id, first, second);
  }
  for (const task of [...sides.draining, ...sides.leaving]) draining.add(task);
  return together(id, sides.older, sides.newer);
}

/** The definition of `one` with the tasks of both. */
function together(id: string, one: Workload, other: Workload): Workload {
  const tasks = [...one.tasks, ...other.tasks];
  if (!one.unreadTasks && !other.unreadTasks) return { ...one, id, tasks };
  return { ...one, id, tasks, unreadTasks: [...(one.unreadTasks ?? []), ...(other.unreadTasks ?? [])] };
}
