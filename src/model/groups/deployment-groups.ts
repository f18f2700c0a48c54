/** Deployment groups (blue/green): two apps become one, and the old side drains. */
import { readWords } from '../../haproxy-config/words.ts';
import { hasHealthChecks, isAlive } from '../tasks/health.ts';
import { mayFold, strangerProblem } from './may-fold.ts';
import type { Problem } from '../problem.ts';
import { areIdentical } from '../../lib/deep-equal.ts';
import type { App, Task } from '../snapshot.ts';
import { parseId } from '../values/ids.ts';

export interface Rollout {
  /** All apps, in Marathon's order; those of deployment groups after all others, one for each group. */
  readonly apps: readonly App[];
  /** Ids of the tasks that drain. */
  readonly draining: ReadonlySet<string>;
  readonly problems: readonly Problem[];
}

const GROUP = 'HAPROXY_DEPLOYMENT_GROUP';
const STARTED = 'HAPROXY_DEPLOYMENT_STARTED_AT';
const TARGET = 'HAPROXY_DEPLOYMENT_TARGET_INSTANCES';
const NEW = 'HAPROXY_DEPLOYMENT_NEW_INSTANCES';

/** The last fold: a group whose apps are the same objects stays the same object. */
export interface RolloutMemo {
  apps: readonly App[];
  readonly groups: Map<string, Group>;
  /** Whether there were apps that name a group that is not theirs. */
  hasStrangers: boolean;
}

export function createRolloutMemo(): RolloutMemo {
  return { apps: [], groups: new Map(), hasStrangers: false };
}

interface Group {
  readonly members: readonly App[];
  readonly app: App;
  readonly draining: ReadonlySet<string>;
  readonly problems: readonly Problem[];
}

/** Folds the apps of each deployment group into one app. */
export function foldDeploymentGroups(apps: readonly App[], memo: RolloutMemo = createRolloutMemo()): Rollout {
  const before = memo.apps;
  const isFree =
    memo.groups.size === 0 &&
    !memo.hasStrangers &&
    !apps.some((app, at) => app !== before[at] && deploymentGroup(app) !== undefined);
  memo.apps = apps;
  if (isFree) return { apps, draining: new Set(), problems: [] };
  const { plain, members, problems } = split(apps);
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
export function deploymentGroup({ labels }: Pick<App, 'labels'>): string | undefined {
  const group = labels[GROUP];
  if (group === undefined) return undefined;
  // It becomes an app id, which stands in frontends that all apps share.
  const parsed = parseId(group);
  if ('must' in parsed) return undefined;
  return parsed.value.startsWith('/') ? parsed.value : `/${parsed.value}`;
}

interface Split {
  readonly plain: readonly App[];
  readonly members: ReadonlyMap<string, readonly App[]>;
  /** Of apps that name a group that is not theirs. */
  readonly problems: readonly Problem[];
}

function split(apps: readonly App[]): Split {
  const plain: App[] = [];
  const named = new Map<string, App[]>();
  for (const app of apps) {
    const id = deploymentGroup(app);
    const own = id === undefined ? plain : named.get(asHaproxyHas(id));
    if (own) own.push(app);
    else if (id !== undefined) named.set(asHaproxyHas(id), [app]);
  }
  const ids = new Set(plain.map(({ id }) => id.toLowerCase()));
  const members = new Map<string, readonly App[]>();
  const problems: Problem[] = [];
  for (const [name, own] of named) {
    const fold = mayFold(name, own, ids.has(name));
    const [first] = fold.members;
    if (first !== undefined) members.set(deploymentGroup(first) ?? name, fold.members);
    plain.push(...fold.strangers);
    problems.push(...fold.strangers.map((app) => strangerProblem(app, name)));
  }
  return { plain, members, problems };
}

/** Returns an app id as HAProxy compares it with a header: without quotes and backslashes, in lower case. */
function asHaproxyHas(id: string): string {
  return (/^[\w/.-]*$/.test(id) ? id : readWords(id).join(' ')).toLowerCase();
}

function fold(id: string, members: readonly App[]): Group {
  const draining = new Set<string>();
  const problems: Problem[] = [];
  const [first, ...others] = members;
  let app = first as App;
  for (const other of others) app = merge(id, app, other, draining, problems);
  return { members, app: withSides(id, app, members), draining, problems };
}

/**
 * The group with the definition of the app that was deployed first, and with its apps as sides. Who drains follows the last scaling, but
 * whose definition serves must not change when somebody goes back (`docs/decisions/070-whose-definition-serves.md`).
 */
function withSides(id: string, app: App, members: readonly App[]): App {
  if (members.length === 1) return { ...app, id };
  const sides = inOrderOfStart(members).map((member) => ({ ...member, id }));
  const { tasks, unreadTasks } = app;
  return { ...(sides[0] as App), tasks, unreadTasks, sides };
}

/**
 * The one that was deployed first leads; of two that began together, the one that was met last (1.15). A date that cannot be read comes last:
 * the app that serves already had a good one.
 */
function inOrderOfStart(members: readonly App[]): readonly App[] {
  return members.toReversed().sort((a, b) => {
    const [one, other] = [startOf(a), startOf(b)];
    return one === other ? 0 : one - other;
  });
}

function startOf(app: App): number {
  return startedAt(app) ?? Number.POSITIVE_INFINITY;
}

function merge(id: string, first: App, second: App, draining: Set<string>, problems: Problem[]): App {
  const sides = sidesOf(first, second);
  if (sides.kind === 'malformed') {
    problems.push({ code: 'deployment-group', app: id, label: sides.label, detail: sides.detail });
    return together(id, first, second);
  }
  for (const task of [...sides.draining, ...sides.leaving]) draining.add(task);
  return together(id, sides.older, sides.newer);
}

/** The definition of `one` with the tasks of both. */
function together(id: string, one: App, other: App): App {
  const tasks = [...one.tasks, ...other.tasks];
  if (!one.unreadTasks && !other.unreadTasks) return { ...one, id, tasks };
  return { ...one, id, tasks, unreadTasks: [...(one.unreadTasks ?? []), ...(other.unreadTasks ?? [])] };
}

/**
 * Who is old, who is new and who drains, of two apps of a group in Marathon's order: what every load balancer does, and what `zdd`
 * goes by.
 */
export function sidesOf(first: App, second: App): Sides {
  const sides = decide(first, second);
  if (sides.kind === 'malformed') return sides;
  const { older, newer, target, isPaced } = sides;
  let spare = isPaced ? servingOf(older).length + servingOf(newer).length - target : 0;
  const fromNewer = surplusOf(newer, [], spare);
  const isShrinking = newer.tasks.length > (newer.instances ?? 0);
  const stays = ({ id, state }: Task) => !fromNewer.includes(id) && !(isShrinking && state === 'TASK_KILLING');
  const healthy = hasHealthChecks(second)
    ? newer.tasks.filter((task) => isAlive(task) === true && stays(task)).length
    : (newer.instances ?? 0);
  const tooMany = Math.max(0, healthy + (older.instances ?? 0) - target);
  const draining = idsOf(older.tasks).slice(0, Math.min(older.tasks.length, healthy, tooMany));
  spare -= fromNewer.length + draining.length;
  return { kind: 'sides', older, newer, target, draining, leaving: [...fromNewer, ...surplusOf(older, draining, spare)] };
}

/**
 * Tasks beyond an app's `instances`, not more than `most`. `kill` with `scale` lowers that number first and makes the app the one that was
 * scaled last, the tasks end later: what drained until then, the first by id, must not come back for that moment.
 */
function surplusOf(app: App, without: readonly string[], most: number): readonly string[] {
  const running = app.tasks.filter(isRunning);
  const count = Math.min(most, running.length - (app.instances ?? 0));
  if (count <= 0) return [];
  return idsOf(running)
    .filter((id) => !without.includes(id))
    .slice(0, count);
}

function servingOf(app: App): readonly Task[] {
  const isChecked = hasHealthChecks(app);
  return app.tasks.filter((task) => isRunning(task) && (!isChecked || isAlive(task) === true));
}

function isRunning({ state }: Task): boolean {
  return state === undefined || state === 'TASK_RUNNING';
}

function idsOf(tasks: readonly Task[]): readonly string[] {
  return tasks.map(({ id }) => id).sort(byCodeUnits);
}

/**
 * `target`: how many tasks the group is to have; `draining`: ids of tasks of the older side; `leaving`: of either side, their end is
 * ordered already.
 */
export type Sides =
  | {
      readonly kind: 'sides';
      readonly older: App;
      readonly newer: App;
      readonly target: number;
      readonly draining: readonly string[];
      readonly leaving: readonly string[];
    }
  | Malformed;

interface Malformed {
  readonly kind: 'malformed';
  readonly label: string;
  readonly detail: string;
}

/** `isPaced`: the labels say how many tasks the group is to have. */
type Decided =
  | { readonly kind: 'sides'; readonly older: App; readonly newer: App; readonly target: number; readonly isPaced: boolean }
  | Malformed;

/** Which of the two is old, which is new, and how many tasks the group is to have; `first` was met first. */
function decide(first: App, second: App): Decided {
  const firstStart = startedAt(first);
  const secondStart = startedAt(second);
  if (firstStart === undefined) return malformedDate(first, STARTED);
  if (secondStart === undefined) return malformedDate(second, STARTED);
  let [older, newer] = secondStart > firstStart ? [first, second] : [second, first];
  if (newer.labels[NEW] === undefined) return { kind: 'sides', older, newer, target: 1, isPaced: false };
  const olderScaled = instant(older.versionInfo?.lastScalingAt);
  const newerScaled = instant(newer.versionInfo?.lastScalingAt);
  if (olderScaled === undefined) return malformedDate(older, 'versionInfo.lastScalingAt');
  if (newerScaled === undefined) return malformedDate(newer, 'versionInfo.lastScalingAt');
  if (olderScaled > newerScaled) [older, newer] = [newer, older];
  // An app that was put there by hand has none: the other one says it.
  const label = newer.labels[TARGET] ?? older.labels[TARGET];
  const target = label !== undefined && /^\d+$/.test(label.trim()) ? Number(label) : undefined;
  if (target === undefined) {
    const detail = `${newer.id}: the label is ${label === undefined ? 'missing' : JSON.stringify(label)}, it must be a whole number; until then nothing of the group drains`;
    return { kind: 'malformed', label: TARGET, detail };
  }
  return { kind: 'sides', older, newer, target, isPaced: true };
}

function malformedDate(app: App, where: string): Malformed {
  const value = where === STARTED ? app.labels[STARTED] : app.versionInfo?.lastScalingAt;
  const is = value === undefined ? 'missing' : JSON.stringify(value);
  return {
    kind: 'malformed',
    label: where,
    detail: `${app.id}: the date is ${is}, it must be like 2026-02-01T14:13:42.499Z; until then nothing of the group drains`,
  };
}

/** When the deployment of an app began. Microseconds since 1970; no label: before all; undefined: not a date. */
export function startedAt(app: App): number | undefined {
  const label = app.labels[STARTED];
  return label === undefined ? Number.NEGATIVE_INFINITY : instant(label);
}

/** ISO 8601 with up to six digits of a second, UTC where no zone is given → microseconds since 1970. */
function instant(text: string | undefined): number | undefined {
  const match = /^(\d{4}-\d\d-\d\dT\d\d:\d\d(?::\d\d)?)(?:[.,](\d{1,9}))?(Z|[+-]\d\d:?\d\d)?$/.exec(
    text?.trim().replace(' ', 'T') ?? '',
  );
  if (!match) return undefined;
  const seconds = Date.parse(`${match[1]}${match[3] ?? 'Z'}`);
  return Number.isNaN(seconds) ? undefined : seconds * 1000 + Number((match[2] ?? '0').padEnd(6, '0').slice(0, 6));
}

function byCodeUnits(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
