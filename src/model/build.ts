/** Builds the services from the workloads that were read. */
import { changedMiddle } from '../lib/changed-middle.ts';
import type { ModelSettings } from '../config/settings.ts';
import { appServices, reuse } from './app-services.ts';
import type { AppServices, MalformedService } from './app-result.ts';
import { type AssignedPorts, type AssignMemo, assignPorts, createAssignMemo } from './tasks/assign-ports.ts';
import { type Holders, NO_HOLDERS } from './conflicts/holders.ts';
import type { Problem } from './problem.ts';
import { type TrackedLookup, tracked } from '../lib/tracked-lookup.ts';
import { createGroupsMemo, foldDeploymentGroups, type GroupsMemo } from './groups/deployment-groups.ts';
import { areIdentical, isSame } from '../lib/deep-equal.ts';
import type { Service, ServiceDefinition } from './service.ts';
import { resolve, type Resolved } from './conflicts/resolve.ts';
import type { Snapshot } from './snapshot.ts';
import type { Workload } from './workload.ts';

export interface Model {
  /** Sorted by app id, then service port, by code units. */
  readonly services: readonly Service[];
  /** Sorted by app id. */
  readonly problems: readonly Problem[];
  /** Services whose labels cannot be read. */
  readonly malformed: readonly MalformedService[];
  /** Who holds which claims from now on. */
  readonly holders: Holders;
}

/** The memory of a build for the next one with the same settings. */
export interface BuildMemo {
  readonly groups: GroupsMemo;
  readonly assigned: AssignMemo;
  /** The result of each app, by its object. */
  readonly apps: WeakMap<Workload, Kept>;
  /** The same by id, so that what a change of the app leaves alone stays the same object. */
  readonly byId: Map<string, AppServices>;
  last: Last | undefined;
}

/** The result of an app, and its input besides the app. */
interface Kept {
  readonly found: AppServices;
  readonly assigned: readonly (number | undefined)[];
  readonly addresses: TrackedLookup<string>;
  readonly health: TrackedLookup<boolean>;
}

interface Last {
  readonly snapshot: Snapshot;
  readonly apps: readonly Workload[];
  readonly assigned: AssignedPorts | undefined;
  readonly parts: readonly AppServices[];
  readonly mistakes: Mistakes;
  readonly stood: readonly Service[];
  readonly resolved: Resolved;
  readonly model: Model;
}

/** The problems of the apps, each looked at alone. */
type Mistakes = Pick<AppServices, 'problems' | 'malformed'>;

export function createBuildMemo(): BuildMemo {
  return { groups: createGroupsMemo(), assigned: createAssignMemo(), apps: new WeakMap(), byId: new Map(), last: undefined };
}

/**
 * Returns all services that this load balancer serves, and the problems of the apps. The same snapshot gives the same model; with
 * the memo of the builds before, what did not change is the same object as there. Without one nothing is kept for a next build.
 * `holders`: the holders of the claims before. `fallbackTo` gives the definition that a service with malformed labels falls back to: it claims what it did,
 * so that others do not get it by a mistake in its labels.
 */
export function build(
  snapshot: Snapshot,
  settings: ModelSettings,
  memo?: BuildMemo,
  holders: Holders = memo?.last?.resolved.holders ?? NO_HOLDERS,
  fallbackTo: (malformed: MalformedService) => Service | undefined = () => undefined,
): Model {
  const last = memo?.last;
  const folded = foldDeploymentGroups(snapshot.workloads, memo?.groups, settings.policy);
  const { apps } = folded;
  const assigned = settings.assignedPorts && assignPorts(apps, settings.assignedPorts, memo?.assigned);
  const parts = partsOf(apps, { ...snapshot, draining: folded.draining }, assigned, settings, memo);
  const isKept = last !== undefined && areIdentical(last.apps, apps) && areIdentical(last.parts, parts);
  const malformed = isKept ? last.mistakes.malformed : mistakesOf(parts).malformed;
  const stood = stoodIn(malformed, fallbackTo, last?.stood ?? []);
  if (
    isKept &&
    last.stood === stood &&
    last.resolved.holders === holders &&
    areIdentical(last.snapshot.rejected, snapshot.rejected)
  ) {
    if (memo) memo.last = { ...last, snapshot, apps, assigned };
    return last.model;
  }
  const changes = last && changesOf(last.parts, parts);
  const isPlain = stood.length === 0 && last?.stood.length === 0;
  const sorted =
    isPlain && changes ? resorted(last.resolved.all, changes, parts) : [...sortedServices(parts), ...stood].sort(byAppAndPort);
  const resolved = resolve(sorted, settings, { holders, isAway: awayOf(apps, parts) }, last?.resolved);
  const mistakes = last && changes && ![...changes.gone, ...changes.come].some(hasMistakes) ? last.mistakes : mistakesOf(parts);
  const problems = [...snapshot.rejected, ...folded.problems, ...resolved.problems, ...mistakes.problems].sort(byAppAndText);
  const model = { services: resolved.services, problems, malformed: mistakes.malformed, holders: resolved.holders };
  if (memo) {
    memo.last = { snapshot, apps, assigned, parts, mistakes, stood, resolved, model };
    forgetGone(apps, memo);
  }
  return model;
}

/** Returns the services that replace those with unreadable labels; the same list if they are the same. */
function stoodIn(
  malformed: readonly MalformedService[],
  fallbackTo: (malformed: MalformedService) => Service | undefined,
  before: readonly Service[],
): readonly Service[] {
  const stood = malformed.flatMap((each) => {
    const service = fallbackTo(each);
    return service === undefined ? [] : (before.find((old) => isSame(old, service)) ?? service);
  });
  return areIdentical(stood, before) ? before : stood;
}

/** Returns whether there is an app that serves nothing, or not all that it should: it may be back soon, unless the policy denies that. */
function awayOf(apps: readonly Workload[], parts: readonly AppServices[]): (id: string) => boolean {
  let away: Set<string> | undefined;
  return (id) => {
    away ??= new Set(apps.filter((_, at) => isAway(parts[at])).map((app) => app.id));
    return away.has(id);
  };
}

function isAway(part: AppServices | undefined): boolean {
  if (part?.denied) return false;
  return part === undefined || part.services.length === 0 || part.malformed.length > 0;
}

/** Apps by code units of their id, their services by port, then index. */
export function byAppAndPort(a: ServiceDefinition, b: ServiceDefinition): number {
  return a.app < b.app ? -1 : a.app > b.app ? 1 : a.servicePort - b.servicePort || a.index - b.index;
}

const NONE: readonly number[] = [];

/** Returns the result of each app. If nothing else changed, unchanged apps are skipped: with 10,000 apps a look at each takes long. */
function partsOf(
  apps: readonly Workload[],
  context: BuildContext,
  assigned: AssignedPorts | undefined,
  settings: ModelSettings,
  memo: BuildMemo | undefined,
): readonly AppServices[] {
  if (memo === undefined) return apps.map((app, at) => appServices(app, assigned?.[at] ?? NONE, context, settings));
  const { last } = memo;
  const known =
    last?.snapshot.addresses === context.addresses && last.snapshot.health === context.health && last.assigned === assigned
      ? last
      : undefined;
  return apps.map((app, at) => {
    const before = known?.apps[at] === app ? known.parts[at] : undefined;
    return before ?? partOf(app, assigned?.[at] ?? NONE, context, settings, memo);
  });
}

type BuildContext = Pick<Snapshot, 'addresses' | 'health'> & { readonly draining: ReadonlySet<string> };

function partOf(
  app: Workload,
  assigned: readonly (number | undefined)[],
  context: BuildContext,
  settings: ModelSettings,
  memo: BuildMemo,
): AppServices {
  // The tasks that drain need no comparison: they are decided by the apps of the group, of which this app is made.
  const kept = memo.apps.get(app);
  if (
    kept &&
    kept.addresses.holdsFor(context.addresses) &&
    kept.health.holdsFor(context.health) &&
    isSame(kept.assigned, assigned)
  ) {
    return kept.found;
  }
  const addresses = tracked(context.addresses);
  const health = tracked(context.health);
  const fresh = appServices(app, assigned, { addresses, health, draining: context.draining }, settings);
  const found = reuse(fresh, kept?.found ?? memo.byId.get(app.id));
  memo.apps.set(app, { found, assigned, addresses, health });
  memo.byId.set(app.id, found);
  return found;
}

function sortedServices(parts: readonly AppServices[]): readonly Service[] {
  return parts.flatMap(({ services }) => services).sort(byAppAndPort);
}

/** Parts that went and parts that came. */
interface Changes {
  readonly gone: readonly AppServices[];
  readonly come: readonly AppServices[];
}

/** Returns the differences; undefined if there are too many to go through one by one. */
function changesOf(before: readonly AppServices[], after: readonly AppServices[]): Changes | undefined {
  const { gone, come } =
    before.length === after.length
      ? { gone: before.filter((part, at) => part !== after[at]), come: after.filter((part, at) => part !== before[at]) }
      : changedMiddle(before, after);
  return gone.length + come.length > MANY ? undefined : { gone, come };
}

const MANY = 100;

/** Returns the services in order: changed ones are removed and inserted at their place. */
function resorted(before: readonly Service[], { gone, come }: Changes, parts: readonly AppServices[]): readonly Service[] {
  const sorted = [...before];
  for (const service of gone.flatMap(({ services }) => services)) sorted.splice(sorted.indexOf(service), 1);
  for (const service of come.flatMap(({ services }) => services)) {
    const at = placeOf(service, sorted);
    // An app and a group with the same name: only the order of the apps decides which one comes first.
    if (sorted[at] !== undefined && byAppAndPort(sorted[at], service) === 0) return sortedServices(parts);
    sorted.splice(at, 0, service);
  }
  return sorted;
}

/** The place of the first service that is not before this one. */
function placeOf(service: Service, sorted: readonly Service[]): number {
  let [low, high] = [0, sorted.length];
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (byAppAndPort(sorted[middle] as Service, service) < 0) low = middle + 1;
    else high = middle;
  }
  return low;
}

function hasMistakes({ problems, malformed }: AppServices): boolean {
  return problems.length + malformed.length > 0;
}

function mistakesOf(parts: readonly AppServices[]): Mistakes {
  const malformed = parts.flatMap(({ malformed }) => malformed);
  malformed.sort((a, b) => compare(a.app, b.app) || a.index - b.index);
  return { problems: parts.flatMap(({ problems }) => problems), malformed };
}

function forgetGone(apps: readonly Workload[], { byId }: BuildMemo): void {
  if (byId.size <= apps.length) return;
  const ids = new Set(apps.map(({ id }) => id));
  for (const id of byId.keys()) if (!ids.has(id)) byId.delete(id);
}

function byAppAndText(a: Problem, b: Problem): number {
  return compare(a.app, b.app) || compare(a.code, b.code) || compare(a.label, b.label) || compare(a.detail, b.detail);
}

function compare(a = '', b = ''): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
