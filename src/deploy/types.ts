/** The data of a look, from which the next step is chosen. Times in milliseconds of a monotonic clock. */
import type { Workload } from '../model/workload.ts';

/** One look at everything. */
export interface Observation {
  readonly at: number;
  /** Marathon's leader; undefined if no answer names one. */
  readonly leader?: string | undefined;
  /** The apps of the group in Marathon's order. */
  readonly apps: readonly AppState[];
  /** Every address behind the names. */
  readonly balancers: readonly BalancerState[];
}

export interface AppState {
  readonly app: Workload;
  /** Ids of the deployments that lock it. */
  readonly deployments: readonly string[];
  /** As Marathon gave it. */
  readonly raw: Readonly<Record<string, unknown>>;
  /** Why its last task failed. */
  readonly lastFailure?: TaskFailure | undefined;
  /** When checks of a task failed last, in Marathon's words, by task id. */
  readonly failedChecks?: ReadonlyMap<string, string> | undefined;
}

export interface TaskFailure {
  readonly state: string;
  readonly host?: string | undefined;
  readonly timestamp?: string | undefined;
  readonly message?: string | undefined;
}

/** A server line of HAProxy's statistics (management guide, section 9.1), as far as a deploy needs it. */
export interface ServerStats {
  readonly name: string;
  /** `UP`, `UP 1/2`, `DOWN`, `MAINT`, `DRAIN`, `no check` and so on. */
  readonly status: string;
  readonly sessions: number;
  readonly queued: number;
  /** Sessions since the process started. */
  readonly total: number;
  /** Answers since then, by first digit of the status: `answers[5]` are 5xx; empty for TCP. */
  readonly answers: readonly number[];
  /** Failed connections and answers that broke off, since then. */
  readonly failures: number;
  /** Average time to an answer over the last 1024 requests, milliseconds. */
  readonly answerTime: number;
  /** Sessions in the last second. */
  readonly rate: number;
}

/** A load balancer; `processes` is undefined if it does not report them. */
export type BalancerState =
  | {
      readonly kind: 'answers';
      readonly name: string;
      readonly processes: number | undefined;
      /** By name of the backend. */
      readonly backends: ReadonlyMap<string, readonly ServerStats[]>;
      /** It serves the tasks of each of two apps by the app's own definition; else both by that of the app scaled earlier, as 1.15. */
      readonly servesBoth?: boolean;
    }
  | { readonly kind: 'silent'; readonly name: string; readonly why: string };

/** Where the deploy is to end. */
export type Goal =
  /** The new app with all instances, the old one deleted. */
  | { readonly kind: 'forward' }
  /** Both side by side, so many of the new. */
  | { readonly kind: 'split'; readonly newInstances: number }
  /** The old app with all instances, the new one deleted. */
  | { readonly kind: 'back' };

export interface Waits {
  /** How long a step waits. */
  readonly maxWait: number;
  /** The shortest time that a task drains if a load balancer does not report its processes. */
  readonly drainTime: number;
  /** How long nothing is killed after a fault of Marathon or of a load balancer: load balancers may still act on the state before it. */
  readonly settle: number;
}

/** In what steps the new app grows. */
export interface StepSize {
  /** 0: by half. */
  readonly linear: number;
  readonly canary?: Canary | undefined;
}

export interface Canary {
  /** Rising percentages of the target. */
  readonly steps: readonly number[];
  readonly wait: number;
  /** Percentage points. */
  readonly maxErrors: number;
  readonly maxSlowdown: number;
  readonly minRequests: number;
}

/** The task of a deploy, and its settings. */
export interface DeployPlan {
  readonly goal: Goal;
  readonly stepSize: StepSize;
  readonly waits: Waits;
  /** Id of the app that is deployed. */
  readonly fresh: string;
}

/** The next step, and why. */
export type Step =
  | { readonly kind: 'wait'; readonly why: string; readonly blame: Blame; readonly until?: number | undefined }
  | Write
  | { readonly kind: 'turn-back'; readonly why: string }
  | { readonly kind: 'stop'; readonly why: string; readonly blame: Blame }
  | { readonly kind: 'done'; readonly why: string };

/** A change in Marathon. `followedBy`: changes that follow it at once, without a look in between; if one fails, the next look decides. */
export type Write = (
  | { readonly kind: 'scale'; readonly app: string; readonly to: number; readonly why: string; readonly force?: true }
  | {
      readonly kind: 'kill';
      readonly app: string;
      readonly tasks: readonly string[];
      readonly why: string;
      /** An instance that is taken back before it served, or a part of an app that is given up. */
      readonly force?: true;
      /** They are in service: the old definition must stay in force. */
      readonly isServing?: true;
      /** Some still have sessions, and had --max-wait to end them. */
      readonly overdue?: true;
    }
  | { readonly kind: 'delete'; readonly app: string; readonly why: string; readonly force?: true }
) & { readonly followedBy?: readonly Write[] };

/** What the deploy waits for: it decides the exit status if the wait is too long. */
export type Blame = 'load-balancer' | 'marathon' | 'labels' | 'drain' | 'canary';
