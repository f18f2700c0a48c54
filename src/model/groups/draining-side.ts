/** Which side of a deployment group drains: the same for every load balancer and for `zdd`. */
import { hasHealthChecks } from '../tasks/health.ts';
import type { Task, Workload } from '../workload.ts';

const STARTED = 'HAPROXY_DEPLOYMENT_STARTED_AT';
const TARGET = 'HAPROXY_DEPLOYMENT_TARGET_INSTANCES';
const NEW = 'HAPROXY_DEPLOYMENT_NEW_INSTANCES';
/** `scaledAt` as the owner of the app finds it. */
const SCALED = 'versionInfo.lastScalingAt';

/**
 * Who is old, who is new and who drains, of two apps of a group in the source's order: what every load balancer does, and what `zdd`
 * goes by.
 */
export function sidesOf(first: Workload, second: Workload): Sides {
  const sides = decide(first, second);
  if (sides.kind === 'malformed') return sides;
  const { older, newer, target, isPaced } = sides;
  let spare = isPaced ? servingOf(older).length + servingOf(newer).length - target : 0;
  const fromNewer = surplusOf(newer, [], spare);
  const isShrinking = newer.tasks.length > (newer.instances ?? 0);
  const stays = ({ id, state }: Task) => !fromNewer.includes(id) && !(isShrinking && state?.isEnding === true);
  const healthy = hasHealthChecks(second)
    ? newer.tasks.filter((task) => task.alive === true && stays(task)).length
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
function surplusOf(app: Workload, without: readonly string[], most: number): readonly string[] {
  const running = app.tasks.filter(isRunning);
  const count = Math.min(most, running.length - (app.instances ?? 0));
  if (count <= 0) return [];
  return idsOf(running)
    .filter((id) => !without.includes(id))
    .slice(0, count);
}

function servingOf(app: Workload): readonly Task[] {
  const isChecked = hasHealthChecks(app);
  return app.tasks.filter((task) => isRunning(task) && (!isChecked || task.alive === true));
}

function isRunning({ state }: Task): boolean {
  return state === undefined;
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
      readonly older: Workload;
      readonly newer: Workload;
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
  | {
      readonly kind: 'sides';
      readonly older: Workload;
      readonly newer: Workload;
      readonly target: number;
      readonly isPaced: boolean;
    }
  | Malformed;

/** Which of the two is old, which is new, and how many tasks the group is to have; `first` was met first. */
function decide(first: Workload, second: Workload): Decided {
  const firstStart = startedAt(first);
  const secondStart = startedAt(second);
  if (firstStart === undefined) return malformedDate(first, STARTED);
  if (secondStart === undefined) return malformedDate(second, STARTED);
  let [older, newer] = secondStart > firstStart ? [first, second] : [second, first];
  if (newer.labels[NEW] === undefined) return { kind: 'sides', older, newer, target: 1, isPaced: false };
  const olderScaled = instant(older.scaledAt);
  const newerScaled = instant(newer.scaledAt);
  if (olderScaled === undefined) return malformedDate(older, SCALED);
  if (newerScaled === undefined) return malformedDate(newer, SCALED);
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

function malformedDate(app: Workload, where: string): Malformed {
  const value = where === STARTED ? app.labels[STARTED] : app.scaledAt;
  const is = value === undefined ? 'missing' : JSON.stringify(value);
  return {
    kind: 'malformed',
    label: where,
    detail: `${app.id}: the date is ${is}, it must be like 2026-02-01T14:13:42.499Z; until then nothing of the group drains`,
  };
}

/** When the deployment of an app began. Microseconds since 1970; no label: before all; undefined: not a date. */
export function startedAt(app: Workload): number | undefined {
  const label = app.labels[STARTED];
  return label === undefined ? Number.NEGATIVE_INFINITY : instant(label);
}

/** Converts ISO 8601 with up to six digits of a second, UTC if no zone is given, to microseconds since 1970. */
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
