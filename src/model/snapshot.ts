import type { Problem } from './problem.ts';
import type { Workload } from './workload.ts';

/** One read of a source. Everything that the model needs to know of the outside world is in here. */
export interface Snapshot {
  /** In the source's order (port assignment depends on it). */
  readonly workloads: readonly Workload[];
  /** Host name → IPv4 address. A host that is not in here could not be resolved; literal IPs need no entry. */
  readonly addresses: ReadonlyMap<string, string>;
  /** Last known verdict of the health checks, by task id, for tasks without a result of their own. */
  readonly health: ReadonlyMap<string, boolean>;
  /** Workloads that could not be read. */
  readonly rejected: readonly Problem[];
}
