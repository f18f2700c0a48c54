/** The interpretation of a look: the incoming and the outgoing side, and the state of each task at each load balancer. */
import { hasHealthChecks } from '../../model/tasks/health.ts';
import { isIpLiteral, taskPorts } from '../../model/tasks/network.ts';
import { clean, serverName } from '../../model/names.ts';
import { sidesOf } from '../../model/groups/draining-side.ts';
import type { Task, Workload } from '../../model/workload.ts';
import { type Difference, differencesOf } from '../definition/differences.ts';
import { byStart, label, numberLabel, type ServedPort, servedPorts } from '../definition/labels.ts';
import type { AppState, BalancerState, Goal, Observation } from '../types.ts';
import type { ServerStats } from '../types.ts';

export interface View {
  readonly kind: 'view';
  /** Grows. */
  readonly incoming: SideView;
  /** Shrinks. */
  readonly outgoing: SideView;
  /** The number of tasks that the group needs. */
  readonly target: number;
  /** Whose tasks the load balancers take out of service as the other side gets healthy. */
  readonly drainsFrom: 'incoming' | 'outgoing';
  /** Ids of the tasks that are to drain now. */
  readonly draining: readonly string[];
  /** The differences of the definitions of both apps. */
  readonly differences: readonly Difference[];
  /** Load balancers that serve both apps by one definition, that of the app scaled earlier: those of 1.15. */
  readonly flips: readonly string[];
  /** Load balancers that do not serve the group of the incoming side. */
  readonly elsewhere: readonly string[];
  /** The old app was not created by a deploy. */
  readonly isAdopted: boolean;
}

export interface SideView {
  readonly seen: AppState;
  readonly tasks: readonly TaskView[];
}

export interface TaskView {
  readonly id: string;
  readonly running: boolean;
  /** By Marathon's health checks; undefined if the app has none, if there is no result yet, or if the leader lost it. */
  readonly alive: boolean | undefined;
  /** One for each load balancer that answers. */
  readonly places: readonly Place[];
}

/** A task at one load balancer, over all service ports. */
export interface Place {
  readonly balancer: string;
  /** It gets requests on each port. */
  readonly up: boolean;
  /** It gets no new ones on any port: in maintenance, or not there. */
  readonly off: boolean;
  /** HAProxy's own checks fail. */
  readonly down: boolean;
  /** Current and queued. */
  readonly sessions: number;
  readonly servers: readonly ServerStats[];
}

/** Two apps of a group; labels that cannot be read are named. */
export function viewOf(seen: Observation, goal: Goal): View | { readonly kind: 'malformed'; readonly why: string } {
  const [first, second] = seen.apps as readonly [AppState, AppState];
  const { old, fresh } = byStart(first, second);
  const target = numberLabel(fresh.app, label.target);
  const sides = sidesOf(first.app, second.app);
  if (sides.kind === 'malformed') return { kind: 'malformed', why: `${sides.label}: ${sides.detail}` };
  if (target === undefined || fresh.app.labels[label.newInstances] === undefined) {
    const missing = target === undefined ? label.target : label.newInstances;
    return { kind: 'malformed', why: `${fresh.app.id}: label ${missing} is missing or no whole number; was it deployed by zdd?` };
  }
  const [incoming, outgoing] = goal.kind === 'back' ? [old, fresh] : [fresh, old];
  const { balancers } = seen;
  const differences = differencesOf(old.app, fresh.app);
  const serversInConfig = (balancer: Answering): Workload => definitionAt(balancer, sides.older, old.app, fresh.app);
  const grown = sideOf(incoming, serversInConfig, balancers);
  const elsewhere = differences.some(({ kind }) => kind === 'group') ? elsewhereOf(grown, balancers) : [];
  return {
    kind: 'view',
    incoming: without(grown, elsewhere),
    outgoing: sideOf(outgoing, serversInConfig, balancers),
    target,
    drainsFrom: sides.older === incoming.app ? 'incoming' : 'outgoing',
    draining: sides.draining,
    differences,
    flips: balancers.flatMap((balancer) => (balancer.kind === 'answers' && !balancer.servesBoth ? balancer.name : [])),
    elsewhere,
    isAdopted: old.app.labels[label.target] === undefined,
  };
}

/** One app alone. */
export function sideAlone(seen: AppState, balancers: readonly BalancerState[]): SideView {
  return sideOf(seen, () => seen.app, balancers);
}

type Answering = Extract<BalancerState, { readonly kind: 'answers' }>;

/** The definition that names the backends of both apps: that of the side scaled earlier, or of the app that was deployed first. */
function definitionAt({ servesBoth, backends }: Answering, older: Workload, old: Workload, fresh: Workload): Workload {
  if (!servesBoth) return older;
  return [old, fresh].find((app) => servedPorts(app).some(({ backend }) => backends.has(backend))) ?? old;
}

/** Load balancers that keep each app in its own group and have no task of this one, while others have. */
function elsewhereOf({ tasks }: SideView, balancers: readonly BalancerState[]): readonly string[] {
  const places = tasks.flatMap((task) => task.places);
  const isThere = new Set(places.flatMap(({ balancer, servers }) => (servers.length > 0 ? balancer : [])));
  if (isThere.size === 0) return [];
  return balancers.flatMap((each) => (each.kind === 'answers' && each.servesBoth && !isThere.has(each.name) ? each.name : []));
}

function without(side: SideView, names: readonly string[]): SideView {
  if (names.length === 0) return side;
  const tasks = side.tasks.map((task) => ({ ...task, places: task.places.filter(({ balancer }) => !names.includes(balancer)) }));
  return { ...side, tasks };
}

type WatchedPort = ServedPort & { readonly anywhere: boolean };

function watchedPorts(definition: Workload, balancers: readonly BalancerState[]): readonly WatchedPort[] {
  return servedPorts(definition).map((port) => {
    const anywhere = balancers.some((balancer) => balancer.kind === 'answers' && balancer.backends.has(port.backend));
    return { ...port, anywhere };
  });
}

function sideOf(
  seen: AppState,
  serversInConfig: (balancer: Answering) => Workload,
  balancers: readonly BalancerState[],
): SideView {
  const checked = hasHealthChecks(seen.app);
  const answering = balancers.flatMap((balancer) => {
    if (balancer.kind !== 'answers') return [];
    const definition = serversInConfig(balancer);
    return { balancer, definition, ports: watchedPorts(definition, balancers) };
  });
  return {
    seen,
    tasks: seen.app.tasks.map((task) => ({
      id: task.id,
      running: task.state === undefined,
      alive: checked ? task.alive : true,
      places: answering.map(({ balancer, definition, ports }) => placeOf(task, definition, ports, balancer)),
    })),
  };
}

function placeOf(task: Task, definition: Workload, ports: readonly WatchedPort[], { name, backends }: Answering): Place {
  const own = taskPorts(definition, task);
  // A port that no load balancer serves is switched off; one of another group need not be at this one; the two versions may have another
  // number of them.
  const wanted = ports.filter(({ backend, optional, anywhere, index }, at) => {
    return at === 0 || (index < own.length && (backends.has(backend) || (anywhere && !optional)));
  });
  const found = wanted.map(({ backend, index }) =>
    (backends.get(backend) ?? []).filter(isServerOf(definition, task, own[index])),
  );
  const servers = found.flat();
  return {
    balancer: name,
    up: found.length > 0 && found.every((each) => each.length > 0 && each.every(({ status }) => isUp(status))),
    off: servers.every(({ status }) => status.startsWith('MAINT')),
    down: servers.some(({ status }) => status.startsWith('DOWN')),
    sessions: servers.reduce((sum, { sessions, queued }) => sum + sessions + queued, 0),
    servers,
  };
}

/** A server without checks is up as long as it is there. */
export function isUp(status: string): boolean {
  return status.startsWith('UP') || status === 'no check';
}

/** The address of an agent's host is what the load balancer resolved: any is right. */
function isServerOf(definition: Workload, task: Task, port: number | undefined): (server: ServerStats) => boolean {
  const isContainer = definition.network === 'container';
  const { host } = task;
  if (port === undefined || !host) return () => false;
  const ip = isContainer ? task.ip : isIpLiteral(host) ? host : undefined;
  if (ip !== undefined) return ({ name }) => name === serverName({ host, ip, port });
  if (isContainer) return () => false;
  const [start, end] = [`${clean(host)}_`, `_${port}`];
  return ({ name }) =>
    name.startsWith(start) && name.endsWith(end) && /^[\da-fA-F_]+$/.test(name.slice(start.length, -end.length));
}
