import type { KeyObject } from 'node:crypto';
import type { Clock } from './cluster/clock.ts';

/** The dialect that is written: `1.4` has nulls, `ports`, callbacks and old ids; `1.11` is the last Marathon. */
export type Profile = '1.4' | '1.11';

/** What `startSim` can be told; everything has a default. */
export interface SimOptions {
  /** Default 0: a free one. */
  readonly port?: number;
  /** Default 127.0.0.1. */
  readonly bind?: string;
  /** App definitions as a client would POST them. */
  readonly apps?: readonly object[];
  /** Apps beside those that run at once, without a deployment or an event: their tasks are only data, even where others are real. */
  readonly standing?: readonly object[];
  readonly profile?: Profile;
  /** Divides the default delays and every time that an app definition names. Default 1. */
  readonly speed?: number;
  /** In milliseconds, not divided by `speed`. */
  readonly delays?: Partial<Delays>;
  /** `real`: each task is a local server. `none`: tasks are data, running and healthy at once (for thousands of apps). */
  readonly tasks?: 'real' | 'none';
  /** Loopback addresses that play the agents. */
  readonly agents?: readonly string[];
  /** Same seed, same ids. Default: random. */
  readonly seed?: number;
  readonly clock?: Clock;
  /** Path before `/v2`, as behind DC/OS Admin Router: `/service/marathon`. */
  readonly basePath?: string;
  readonly basicAuth?: { readonly user: string; readonly password: string };
  /** DC/OS login: the service account's public key. Requests then need `Authorization: token=…`. */
  readonly acs?: { readonly uid: string; readonly publicKey: KeyObject; readonly expiresInSeconds?: number };
  /** PEM. */
  readonly tls?: { readonly key: string; readonly cert: string };
  /** TASK_KILLING is sent (Marathon's feature `task_killing`). Default true. */
  readonly taskKilling?: boolean;
}

/** How long the steps of a life last, in milliseconds. */
export interface Delays {
  /** A write is accepted → its deployment begins. */
  readonly deployment: number;
  /** Scheduled → Provisioned. */
  readonly offer: number;
  /** Provisioned → TASK_STARTING. */
  readonly executor: number;
  /** TASK_STARTING → TASK_RUNNING. */
  readonly startup: number;
  /** Kill ordered → TASK_KILLING. */
  readonly kill: number;
  /** TASK_KILLING → TASK_KILLED: what a task takes to end after SIGTERM. */
  readonly stop: number;
  /** Between two heartbeats of the event stream; not divided by `speed`. */
  readonly heartbeat: number;
}

/** The delays of a quick small cluster, divided by `speed`. */
export function delaysFor(speed: number, given: Partial<Delays> = {}): Delays {
  return {
    deployment: 10 / speed,
    offer: 250 / speed,
    executor: 600 / speed,
    startup: 600 / speed,
    kill: 10 / speed,
    stop: 2000 / speed,
    heartbeat: 10_000,
    ...given,
  };
}
