/** The whole plan of a deploy: the steps that are taken where everything goes well. */
import { sidesOf } from '../../model/groups/draining-side.ts';
import type { Task, TaskState, Workload } from '../../model/workload.ts';
import { inOrder } from '../decide/make-last-scaled.ts';
import { describe } from './texts.ts';
import { label, servedPorts } from '../definition/labels.ts';
import { afterWrite, noObservations, remember } from '../view/observations.ts';
import type { Observation, Write } from '../types.ts';
import type { ServerStats } from '../types.ts';
import { step } from '../decide/step.ts';
import type { DeployPlan } from '../types.ts';
import { viewOf } from '../view/view.ts';

/** `apps` in Marathon's order, the one to be created among them; their tasks do not matter. `servesBoth`: so do all load balancers. */
export function planOf(apps: readonly Workload[], plan: DeployPlan, servesBoth = true): readonly string[] {
  const lines: string[] = [];
  let last = 'it has no end';
  let simulated = apps.map((app) => idealApp(app, app.scaledAt ?? instant(0)));
  let at = 0;
  let observations = noObservations(at - plan.waits.settle);
  for (let turn = 1; turn < 10_000; turn += 1) {
    const seen = look(simulated, at, servesBoth);
    const view = seen.apps.length === 2 ? viewOf(seen, plan.goal) : undefined;
    observations = remember(observations, seen, view?.kind === 'view' ? view : undefined, plan.goal, plan.stepSize);
    const next = step(seen, plan, observations);
    if (next.kind === 'stop' || next.kind === 'turn-back') return [...lines, `The plan is cut short here: ${next.why}`];
    if (next.kind !== 'wait' || next.blame === 'canary') lines.push(describe(next));
    last = next.why;
    if (next.kind === 'wait') {
      const isTimed = next.blame === 'canary' || next.blame === 'drain';
      at = isTimed && next.until !== undefined ? next.until : at + 1;
      simulated = simulated.map(started);
    } else if (next.kind === 'done') return lines;
    else {
      for (const [order, each] of inOrder(next).entries()) {
        if (order > 0) lines.push(describe(each));
        simulated = perform(simulated, each, instant(turn * 10 + order));
      }
      observations = afterWrite(observations, at);
    }
  }
  return [...lines, `The plan is cut short here: ${last}`];
}

function idealApp(app: Workload, scaledAt: string): Workload {
  const { id, labels, healthChecks, instances = 0 } = app;
  const tasks = Array.from({ length: instances }, (_, at) => idealTask({ id: `${id}.${at}`, ports: [portOf(app, at)] }));
  const servicePorts = [app.servicePorts[0] ?? PORT];
  return { id, labels, healthChecks, instances, network: 'host', servicePorts, taskPorts: servicePorts, scaledAt, tasks };
}

/** New instances start only then: one too many is removed before. */
function started(app: Workload): Workload {
  return { ...app, tasks: app.tasks.map(idealTask) };
}

function idealTask({ id, ports }: Pick<Task, 'id' | 'ports'>): Task {
  return { id, host: '10.0.0.1', ports, alive: true };
}

/** Any will do: the labels may name another. */
const PORT = 1;

/** None of one app is one of the other; an app that was put there by hand has no colour. */
function portOf({ labels }: Workload, at: number): number {
  return 10_000 + at * 3 + [undefined, 'blue', 'green'].indexOf(labels[label.colour]);
}

/** Later than any that Marathon gave. */
function instant(turn: number): string {
  return new Date(Date.UTC(turn === 0 ? 2000 : 9000) + turn).toISOString();
}

function look(apps: readonly Workload[], at: number, servesBoth: boolean): Observation {
  const [first, second] = apps;
  const sides = first && second ? sidesOf(first, second) : undefined;
  const draining = new Set(sides?.kind === 'sides' ? sides.draining : []);
  const servers = apps.flatMap(({ tasks }) =>
    tasks.filter(({ state }) => state === undefined).map(({ id, ports }) => serverOf(ports?.[0] ?? 0, draining.has(id))),
  );
  const balancer = {
    kind: 'answers',
    name: 'all load balancers',
    processes: 1,
    servesBoth,
    backends: new Map(apps.flatMap(servedPorts).map(({ backend }) => [backend, servers])),
  } as const;
  return { at, apps: apps.map((app) => ({ app, deployments: [], raw: {} })), balancers: [balancer] };
}

function serverOf(port: number, isDraining: boolean): ServerStats {
  const idle = { sessions: 0, queued: 0, total: 0, answers: [], failures: 0, answerTime: 0, rate: 0 };
  return { name: `10_0_0_1_${port}`, status: isDraining ? 'MAINT' : 'UP', ...idle };
}

const STAGING: TaskState = { name: 'TASK_STAGING', mayServe: false, isEnding: false };

function perform(apps: readonly Workload[], next: Write, now: string): Workload[] {
  if (next.kind === 'delete') return apps.filter(({ id }) => id !== next.app);
  return apps.map((app) => {
    if (app.id !== next.app) return app;
    if (next.kind === 'scale') {
      const scaled = idealApp({ ...app, instances: next.to }, now);
      const tasks = scaled.tasks.map((task, at) => app.tasks[at] ?? { ...task, state: STAGING, alive: undefined });
      return { ...scaled, tasks };
    }
    const tasks = app.tasks.filter(({ id }) => !next.tasks.includes(id));
    return { ...app, tasks, instances: tasks.length, scaledAt: now };
  });
}
