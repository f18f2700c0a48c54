import { taskPorts } from './network.ts';
import { portAssigner } from './ports.ts';
import { isSame } from '../../lib/deep-equal.ts';
import type { Workload } from '../workload.ts';

/** The input and the result of the last assignment. */
export interface AssignMemo {
  readonly byApp: WeakMap<Workload, Claim>;
  claims: readonly Claim[];
  ports: AssignedPorts;
}

/** An app and the ports of its first task, each of which is to get a service port. */
interface Claim {
  readonly app: string;
  readonly taskPorts: readonly number[];
}

/** The assigned service ports of each app, in the order of the apps; undefined: the range is used up. */
export type AssignedPorts = readonly (readonly (number | undefined)[])[];

export function createAssignMemo(): AssignMemo {
  return { byApp: new WeakMap(), claims: [], ports: [] };
}

/** Assigns service ports to all apps that lack them, in their order, afresh. An app that lacks none has an empty list. */
export function assignPorts(
  apps: readonly Workload[],
  range: { readonly min: number; readonly max: number },
  memo?: AssignMemo,
): AssignedPorts {
  if (!memo) return assign(apps.map(claimOf), range);
  const claims = apps.map((app) => keptClaim(app, memo));
  if (!isSame(memo.claims, claims)) memo.ports = assign(claims, range);
  memo.claims = claims;
  return memo.ports;
}

function assign(claims: readonly Claim[], range: { readonly min: number; readonly max: number }): AssignedPorts {
  const assigner = portAssigner(range);
  return claims.map(({ app, taskPorts }) => taskPorts.map((port) => assigner.assign(app, port)));
}

/** Whether the service ports of an app are assigned, once it has a task: they depend on the order of all apps. */
export function lacksPorts({ network, servicePorts }: Workload): boolean {
  return network === 'container' && servicePorts.length === 0;
}

function keptClaim(app: Workload, memo: AssignMemo): Claim {
  let claim = memo.byApp.get(app);
  if (claim === undefined) {
    claim = claimOf(app);
    memo.byApp.set(app, claim);
  }
  return claim;
}

function claimOf(app: Workload): Claim {
  const task = app.tasks[0];
  return { app: app.id, taskPorts: task && lacksPorts(app) ? taskPorts(app, task) : NONE };
}

const NONE: readonly number[] = [];
