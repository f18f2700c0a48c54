/** From what was read to what is served. */
import type { ModelSettings } from '../config/settings.ts';
import { type AppServices, appServices, type HeldService, reuse } from './app-services.ts';
import { type AssignMemo, assignPorts, createAssignMemo } from './assign-ports.ts';
import { settleClaims } from './claims.ts';
import { withoutNameConflicts } from './conflicts.ts';
import type { Problem } from './problem.ts';
import { type Recorded, recorded } from './recorded.ts';
import { foldDeploymentGroups, type RolloutMemo } from './rollout.ts';
import { areIdentical, isSame } from './same.ts';
import type { Service, ServiceDefinition } from './service.ts';
import type { App, Snapshot } from './snapshot.ts';

export interface Model {
  /** Sorted by app id, then service port, by code units. */
  readonly services: readonly Service[];
  /** Sorted by app id. */
  readonly problems: readonly Problem[];
  /** Services whose labels cannot be read. */
  readonly held: readonly HeldService[];
}

/** What a build keeps for the next one with the same settings. */
export interface BuildMemo {
  readonly groups: RolloutMemo;
  readonly assigned: AssignMemo;
  /** What came of an app, by the very object. */
  readonly apps: WeakMap<App, Kept>;
  /** The same by id, so that what a change of the app leaves alone stays the same object. */
  readonly byId: Map<string, AppServices>;
  last: Last | undefined;
}

/** What came of an app, and what that rests on besides the app. */
interface Kept {
  readonly found: AppServices;
  readonly assigned: readonly (number | undefined)[];
  readonly addresses: Recorded<string>;
  readonly health: Recorded<boolean>;
}

interface Last {
  readonly apps: readonly App[];
  readonly rejected: readonly Problem[];
  readonly parts: readonly AppServices[];
  readonly sorted: readonly Service[];
  readonly model: Model;
}

export function createBuildMemo(): BuildMemo {
  return { groups: new Map(), assigned: createAssignMemo(), apps: new WeakMap(), byId: new Map(), last: undefined };
}

/**
 * All services that this load balancer is to serve, and what is wrong with the apps. The same snapshot gives the same model; with
 * the memo of the builds before, what did not change is the same object as there.
 */
export function build(snapshot: Snapshot, settings: ModelSettings, memo: BuildMemo = createBuildMemo()): Model {
  const { last } = memo;
  const { apps, draining, problems } = foldDeploymentGroups(snapshot.apps, memo.groups);
  const assigned = settings.assignedPorts && assignPorts(apps, settings.assignedPorts, memo.assigned);
  const world = { ...snapshot, draining };
  const parts = apps.map((app, at) => partOf(app, assigned?.[at] ?? NONE, world, settings, memo));
  const isKept = last !== undefined && areIdentical(last.apps, apps) && areIdentical(last.parts, parts);
  if (isKept && areIdentical(last.rejected, snapshot.rejected)) return last.model;
  const sorted = sortedServices(parts, memo);
  const named = withoutNameConflicts(sorted, apps);
  const settled = settleClaims(named.services, settings.frontends);
  const found = [...snapshot.rejected, ...problems, ...named.problems, ...settled.problems];
  for (const part of parts) if (part.problems.length > 0) found.push(...part.problems);
  const model = { services: settled.services, problems: found.sort(byAppAndText), held: parts.flatMap(({ held }) => held) };
  memo.last = { apps, rejected: snapshot.rejected, parts, sorted, model };
  forgetGone(apps, memo);
  return model;
}

/** Apps by code units of their id, their services by port, then index. */
export function byAppAndPort(a: ServiceDefinition, b: ServiceDefinition): number {
  return a.app < b.app ? -1 : a.app > b.app ? 1 : a.servicePort - b.servicePort || a.index - b.index;
}

const NONE: readonly number[] = [];

function partOf(
  app: App,
  assigned: readonly (number | undefined)[],
  world: Pick<Snapshot, 'addresses' | 'health'> & { readonly draining: ReadonlySet<string> },
  settings: ModelSettings,
  memo: BuildMemo,
): AppServices {
  // The tasks that drain need no comparison: they are decided by the apps of the group, of which this app is made.
  const kept = memo.apps.get(app);
  if (kept && kept.addresses.holdsFor(world.addresses) && kept.health.holdsFor(world.health) && isSame(kept.assigned, assigned)) {
    return kept.found;
  }
  const addresses = recorded(world.addresses);
  const health = recorded(world.health);
  const fresh = appServices(app, assigned, { addresses, health, draining: world.draining }, settings);
  const found = reuse(fresh, kept?.found ?? memo.byId.get(app.id));
  memo.apps.set(app, { found, assigned, addresses, health });
  memo.byId.set(app.id, found);
  return found;
}

/** What is sorted already stays so: only what changed finds its place. */
function sortedServices(parts: readonly AppServices[], { last, groups }: BuildMemo): readonly Service[] {
  if (last === undefined) return all(parts).sort(byAppAndPort);
  const { before, after } = differing(last.parts, parts);
  const gone = new Set(all(before));
  const sorted = [...last.sorted.filter((service) => !gone.has(service)), ...all(after)].sort(byAppAndPort);
  // An app and a group of one name: which of two equal ports comes first is told by the order of the apps only.
  const isTied =
    groups.size > 0 && sorted.some((service, at) => at > 0 && byAppAndPort(sorted[at - 1] as Service, service) === 0);
  return isTied ? all(parts).sort(byAppAndPort) : sorted;
}

function all(parts: readonly AppServices[]): Service[] {
  return parts.flatMap(({ services }) => services);
}

/** Both lists without what they share at both ends. */
function differing<T>(
  before: readonly T[],
  after: readonly T[],
): { readonly before: readonly T[]; readonly after: readonly T[] } {
  const shorter = Math.min(before.length, after.length);
  let start = 0;
  while (start < shorter && before[start] === after[start]) start += 1;
  let end = 0;
  while (end < shorter - start && before[before.length - 1 - end] === after[after.length - 1 - end]) end += 1;
  return { before: before.slice(start, before.length - end), after: after.slice(start, after.length - end) };
}

function forgetGone(apps: readonly App[], { byId }: BuildMemo): void {
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
