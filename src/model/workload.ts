/** The workloads of a source, in the only form that the model knows: the dialects of Marathon stay in `sources/marathon`. */

/** A definition with its tasks: an app of Marathon. */
export interface Workload {
  readonly id: string;
  readonly instances?: number | undefined;
  /** Only the labels that begin with `HAPROXY_`. */
  readonly labels: Readonly<Record<string, string>>;
  readonly network: NetworkMode;
  /** Empty if the source gives none. */
  readonly servicePorts: readonly number[];
  /** Indices of the service ports that are UDP and not TCP as well; left out: none is. */
  readonly udpPorts?: readonly number[] | undefined;
  /** The ports of each task by the definition, in the order of the service ports; empty: each task has its own. */
  readonly taskPorts: readonly number[];
  readonly healthChecks?: readonly HealthCheck[] | undefined;
  /** When the definition last changed; another scale is no change, if the source tells them apart. */
  readonly since?: string | undefined;
  readonly scaledAt?: string | undefined;
  readonly tasks: readonly Task[];
  /** The faults of tasks that cannot be read and are not in `tasks`: `task a.1 cannot be read: ports.0: …`. */
  readonly unreadTasks?: readonly string[] | undefined;
  /** The health checks of former versions that tasks still run, the oldest first, as far as they are known and differ from those of now. */
  readonly former?: readonly FormerVersion[] | undefined;
  /** The workloads of a deployment group, if they differ: each with its own tasks and the id of the group; the one that was deployed first leads. */
  readonly sides?: readonly Workload[] | undefined;
}

/** `container`: its tasks have addresses of their own. Else they have ports of their host. */
export type NetworkMode = 'host' | 'container' | 'container/bridge';

/** A version of a workload that came before its last change of definition. */
export interface FormerVersion {
  readonly version: string;
  readonly healthChecks?: readonly HealthCheck[] | undefined;
}

/** A health check of the source, which HAProxy checks as well; times in seconds. */
export interface HealthCheck {
  readonly protocol?: string | undefined;
  readonly path?: string | undefined;
  /** A literal port; wins over `portIndex`. */
  readonly port?: number | undefined;
  /** Index or name of a port. */
  readonly portIndex?: number | string | undefined;
  readonly gracePeriodSeconds?: number | undefined;
  readonly intervalSeconds?: number | undefined;
  readonly timeoutSeconds?: number | undefined;
  readonly maxConsecutiveFailures?: number | undefined;
}

export interface Task {
  readonly id: string;
  /** Left out: it has none yet. */
  readonly host?: string | undefined;
  /** Its own ports on the host. */
  readonly ports?: readonly number[] | undefined;
  /** Its own address, which counts in the network mode `container`. */
  readonly ip?: string | undefined;
  /** Left out: it runs. */
  readonly state?: TaskState | undefined;
  /** By the health checks of the source; left out: there is no result (yet). */
  readonly alive?: boolean | undefined;
  /** The version that it was started with, if the definition has changed since. */
  readonly formerVersion?: string | undefined;
}

/** The state of a task that does not run normally. */
export interface TaskState {
  /** The source's own word. */
  readonly name: string;
  readonly mayServe: boolean;
  readonly isEnding: boolean;
}
