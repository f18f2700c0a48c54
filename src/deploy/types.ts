/** What a look shows, and what the next step is chosen by: data only. Times in milliseconds of a monotonic clock. */
import type { App } from '../model/snapshot.ts';

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
  readonly app: App;
  /** Ids of the deployments that lock it. */
  readonly deployments: readonly string[];
  /** As Marathon gave it. */
  readonly raw: Readonly<Record<string, unknown>>;
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

/** A load balancer; `processes` is undefined if it does not tell them. */
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
  /** How long a task drains at least where a load balancer does not tell its processes. */
  readonly drainTime: number;
  /** How long nothing is killed after Marathon or a load balancer was not itself: load balancers may follow what was true then. */
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

/** What a deploy is to do, and how. */
export interface DeployPlan {
  readonly goal: Goal;
  readonly pace: StepSize;
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

/** Who is waited for: decides the exit status where the wait is too long. */
export type Blame = 'load-balancer' | 'marathon' | 'labels' | 'drain' | 'canary';
