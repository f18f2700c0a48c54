/** The whole plan of a deploy: the steps that are taken where everything goes well. */
import { sidesOf } from '../model/rollout.ts';
import type { App } from '../model/snapshot.ts';
import { describe } from './describe.ts';
import { servedPorts } from './labels.ts';
import { afterWrite, newMemory, remember } from './memory.ts';
import type { Seen, Step } from './seen.ts';
import type { ServerStats } from './stats-csv.ts';
import { type Course, step } from './step.ts';
import { viewOf } from './view.ts';

/** `apps` in Marathon's order, the one to be created among them; their tasks do not matter. */
export function planOf(apps: readonly App[], course: Course): readonly string[] {
  const lines: string[] = [];
  let world = apps.map((app) => idealApp(app, app.versionInfo?.lastScalingAt ?? instant(0)));
  let at = 0;
  let memory = newMemory(at - course.waits.settle);
  for (let turn = 1; turn < 10_000; turn += 1) {
    const seen = look(world, at);
    const view = seen.apps.length === 2 ? viewOf(seen, course.goal) : undefined;
    memory = remember(memory, seen, view?.kind === 'view' ? view : undefined, course.goal, course.pace);
    const next = step(seen, course, memory);
    if (next.kind !== 'wait' || next.blame === 'canary') lines.push(describe(next));
    if (next.kind === 'wait') {
      const isTimed = next.blame === 'canary' || next.blame === 'drain';
      at = isTimed && next.until !== undefined ? next.until : at + 1;
      world = world.map(started);
    } else if (next.kind === 'done' || next.kind === 'stop' || next.kind === 'turn-back') break;
    else {
      world = perform(world, next, instant(turn));
      memory = afterWrite(memory, at);
    }
  }
  return lines;
}

function idealApp(app: App, scaledAt: string): App {
  const { id, labels, instances = 0 } = app;
  const tasks = Array.from({ length: instances }, (_, at) => ({ id: `${id}.${at}`, host: '10.0.0.1', ports: [portOf(id, at)] }));
  return { id, labels, instances, portDefinitions: [{ port: PORT }], versionInfo: { lastScalingAt: scaledAt }, tasks };
}

/** What was scaled up starts only then: an instance too many is taken back before. */
function started(app: App): App {
  return { ...app, tasks: app.tasks.map(({ id, host, ports }) => ({ id, host, ports })) };
}

/** Any will do: the labels may name another. */
const PORT = 1;

function portOf(id: string, at: number): number {
  return 10_000 + at * 2 + (id.endsWith('-green') ? 1 : 0);
}

/** Later than any that Marathon gave. */
function instant(turn: number): string {
  return new Date(Date.UTC(turn === 0 ? 2000 : 9000) + turn).toISOString();
}

function look(apps: readonly App[], at: number): Seen {
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
    backends: new Map((first ? servedPorts(first) : []).map(({ backend }) => [backend, servers])),
  } as const;
  return { at, apps: apps.map((app) => ({ app, deployments: [], raw: {} })), balancers: [balancer] };
}

function serverOf(port: number, isDraining: boolean): ServerStats {
  const idle = { sessions: 0, queued: 0, total: 0, answers: [], failures: 0, answerTime: 0, rate: 0 };
  return { name: `10_0_0_1_${port}`, status: isDraining ? 'MAINT' : 'UP', ...idle };
}

function perform(
  apps: readonly App[],
  next: Exclude<Step, { readonly kind: 'wait' | 'done' | 'stop' | 'turn-back' }>,
  now: string,
): App[] {
  if (next.kind === 'delete') return apps.filter(({ id }) => id !== next.app);
  return apps.map((app) => {
    if (app.id !== next.app) return app;
    if (next.kind === 'scale') {
      const scaled = idealApp({ ...app, instances: next.to }, now);
      const tasks = scaled.tasks.map((task, at) => app.tasks[at] ?? { ...task, state: 'TASK_STAGING' });
      return { ...scaled, tasks };
    }
    const tasks = app.tasks.filter(({ id }) => !next.tasks.includes(id));
    return { ...app, tasks, instances: tasks.length, versionInfo: { lastScalingAt: now } };
  });
}
