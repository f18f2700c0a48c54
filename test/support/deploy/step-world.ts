import { describe } from '../../../src/deploy/report/texts.ts';
import { type Observations, noObservations, remember } from '../../../src/deploy/view/observations.ts';
import type { AppState, BalancerState, Goal, StepSize, Observation } from '../../../src/deploy/types.ts';
import type { ServerStats } from '../../../src/deploy/types.ts';
import { step } from '../../../src/deploy/decide/step.ts';
import { viewOf } from '../../../src/deploy/view/view.ts';
import { STAGING, workload } from '../workload.ts';

/** A side: states of its tasks at every load balancer, one letter a task. */
interface Side {
  /** U: UP, M: MAINT, D: DOWN, n: no check, -: not there yet, s: MAINT with a session, h: UP, but not healthy for Marathon, w: running, neither healthy nor UP, m: as s, not healthy either, r: running, no result of a check yet, q: as s, its results lost. */
  readonly tasks: string;
  readonly instances?: number;
  readonly scaledAt?: number;
  readonly locked?: boolean;
}

/** What a look shows of both sides, and how long it has been so. */
export interface Situation {
  readonly old?: Side;
  readonly fresh?: Side;
  readonly goal?: Goal;
  readonly stepSize?: StepSize;
  /** Milliseconds since the last write, and since the tasks that are off were so. */
  readonly waited?: number;
  readonly off?: number;
  /** Milliseconds since Marathon did not answer. */
  readonly disturbed?: number;
  readonly second?: Partial<Extract<BalancerState, { kind: 'answers' }>> | { readonly kind: 'silent' };
  readonly labels?: Readonly<Record<string, string>>;
  /** The new app has another virtual host; load balancers are those of 1.15, and have been without service for so long. */
  readonly differs?: true;
  readonly dark?: number;
}

const TARGET = 4;
const STATUS: Readonly<Record<string, string>> = {
  U: 'UP',
  M: 'MAINT',
  D: 'DOWN 1/3',
  n: 'no check',
  s: 'MAINT',
  m: 'MAINT',
  q: 'MAINT',
  h: 'UP',
};

function appSeen(colour: 'blue' | 'green', side: Side, labels: Situation['labels']): AppState {
  const { tasks, instances = tasks.length, scaledAt = colour === 'blue' ? 1 : 2, locked = false } = side;
  const app = workload({
    id: `/x-${colour}`,
    instances,
    labels: {
      HAPROXY_DEPLOYMENT_GROUP: 'x',
      HAPROXY_0_PORT: '80',
      HAPROXY_DEPLOYMENT_STARTED_AT: colour === 'blue' ? '2026-01-01T00:00:00' : '2026-02-01T00:00:00',
      HAPROXY_DEPLOYMENT_TARGET_INSTANCES: String(TARGET),
      HAPROXY_DEPLOYMENT_NEW_INSTANCES: '0',
      ...labels,
    },
    servicePorts: [80],
    healthChecks: [{ protocol: 'HTTP' }],
    scaledAt: new Date(scaledAt).toISOString(),
    tasks: tasks.split('').map((state, at) => ({
      id: `${colour}.${at}`,
      host: 'agent-1',
      ports: [portOf(colour, at)],
      state: state === '-' ? STAGING : undefined,
      alive: '-rq'.includes(state) ? undefined : !'hwm'.includes(state),
    })),
  });
  return { app, raw: {}, deployments: locked ? ['d'] : [] };
}

function portOf(colour: string, at: number): number {
  return (colour === 'blue' ? 100 : 200) + at;
}

/** The servers of a side as the statistics have them. */
export function serversOf(colour: string, { tasks }: Side): ServerStats[] {
  return tasks.split('').flatMap((state, at) => {
    const status = STATUS[state];
    const rest = {
      sessions: 'smq'.includes(state) ? 1 : 0,
      queued: 0,
      total: 0,
      answers: [],
      failures: 0,
      answerTime: 0,
      rate: 0,
    };
    return status === undefined ? [] : { name: `agent-1_10_0_0_7_${portOf(colour, at)}`, status, ...rest };
  });
}

/** The step that is chosen then, in words. */
export function decide({
  old,
  fresh,
  goal = { kind: 'forward' },
  stepSize = { linear: 0 },
  waited = 0,
  off = 0,
  disturbed = 10_000,
  second,
  labels,
  differs,
  dark = off,
}: Situation): string {
  const at = 1_000_000;
  const sides = [['blue', old] as const, ['green', fresh] as const];
  const servers = sides.flatMap(([colour, side]) => (side ? serversOf(colour, side) : []));
  const first: BalancerState = { kind: 'answers', name: 'lb-1', processes: 2, backends: new Map([['x_80', servers]]) };
  const balancers: BalancerState[] = [first];
  if (second?.kind === 'silent') balancers.push({ kind: 'silent', name: 'lb-2', why: 'ECONNREFUSED' });
  else if (second) balancers.push({ ...first, name: 'lb-2', ...second });
  const apps = sides.flatMap(([colour, side]) =>
    side ? appSeen(colour, side, { ...labels, ...(differs && { HAPROXY_0_VHOST: colour }) }) : [],
  );
  const seen: Observation = { at, apps, balancers };
  const plan = { goal, stepSize, fresh: '/x-green', waits: { maxWait: 300_000, drainTime: 10_000, settle: 2000 } };
  const view = apps.length === 2 ? viewOf(seen, goal) : undefined;
  const then: Observation = { ...seen, at: at - Math.max(off, dark) };
  const known = view?.kind === 'view' ? view : undefined;
  let observations: Observations = remember(
    { ...noObservations(at - off), best: 1000, disturbed: at - disturbed },
    then,
    known,
    goal,
    stepSize,
  );
  observations = remember({ ...observations, since: at - waited }, seen, known, goal, stepSize);
  return describe(step(seen, plan, observations));
}
