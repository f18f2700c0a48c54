/**
 * What was read from Marathon in one pass: the input of the model. Plain data; `marathon/apps/schema` makes it from JSON
 * (nulls dropped, unknown keys dropped), nothing else does.
 */
import type { Problem } from './problem.ts';

/** One read of Marathon. Everything that the model needs to know of the outside world is in here. */
export interface Snapshot {
  /** In Marathon's order (port assignment depends on it). */
  readonly apps: readonly App[];
  /** Agent host name → IPv4 address. A host that is not in here could not be resolved; literal IPs need no entry. */
  readonly addresses: ReadonlyMap<string, string>;
  /** Last known verdict of the health checks, by task id, for tasks whose own results are missing or empty. */
  readonly health: ReadonlyMap<string, boolean>;
  /** Apps that could not be read. */
  readonly rejected: readonly Problem[];
}

/** An app definition with its tasks, as `GET /v2/apps?embed=apps.tasks` gives it, in every dialect from 0.8 to 1.11. */
export interface App {
  readonly id: string;
  readonly instances?: number | undefined;
  /** Only the labels that begin with `HAPROXY_`. */
  readonly labels: Readonly<Record<string, string>>;
  readonly container?: Container | undefined;
  readonly ipAddress?:
    | { readonly discovery?: { readonly ports?: readonly { readonly number: number }[] | undefined } | undefined }
    | undefined;
  readonly networks?: readonly { readonly mode?: string | undefined }[] | undefined;
  readonly ports?: readonly number[] | undefined;
  readonly portDefinitions?: readonly PortDefinition[] | undefined;
  readonly healthChecks?: readonly HealthCheck[] | undefined;
  readonly version?: string | undefined;
  readonly versionInfo?:
    | { readonly lastScalingAt?: string | undefined; readonly lastConfigChangeAt?: string | undefined }
    | undefined;
  readonly tasks: readonly Task[];
  /** Of the tasks that could not be read and are not in `tasks`, what is wrong: `task a.1 cannot be read: ports.0: …`. */
  readonly unreadTasks?: readonly string[] | undefined;
  /** The health checks of former versions that tasks still run, the oldest first, as far as they are known and differ from those of now. */
  readonly former?: readonly FormerVersion[] | undefined;
  /** Of a deployment group whose apps differ: the apps with their own tasks and the group's id, the one that was deployed first leads. */
  readonly sides?: readonly App[] | undefined;
}

/** A version of an app that came before its last change of definition. */
export interface FormerVersion {
  readonly version: string;
  readonly healthChecks?: readonly HealthCheck[] | undefined;
}

export interface Container {
  readonly docker?:
    | { readonly network?: string | undefined; readonly portMappings?: readonly PortMapping[] | undefined }
    | undefined;
  readonly portMappings?: readonly PortMapping[] | undefined;
}

export interface PortDefinition {
  readonly port?: number | undefined;
  readonly name?: string | undefined;
  /** `tcp`, `udp` or `udp,tcp`. */
  readonly protocol?: string | undefined;
}

export interface PortMapping {
  readonly containerPort?: number | undefined;
  readonly hostPort?: number | undefined;
  readonly servicePort?: number | undefined;
  readonly name?: string | undefined;
  /** As in `PortDefinition`. */
  readonly protocol?: string | undefined;
}

/** A health check as Marathon gives it; times in seconds. */
export interface HealthCheck {
  readonly protocol?: string | undefined;
  readonly path?: string | undefined;
  /** A literal port; wins over `portIndex`. */
  readonly port?: number | undefined;
  /** Index or (1.4 and later) name of a port. */
  readonly portIndex?: number | string | undefined;
  readonly gracePeriodSeconds?: number | undefined;
  readonly intervalSeconds?: number | undefined;
  readonly timeoutSeconds?: number | undefined;
  readonly maxConsecutiveFailures?: number | undefined;
}

export interface Task {
  readonly id: string;
  readonly host?: string | undefined;
  readonly ports?: readonly number[] | undefined;
  readonly ipAddresses?: readonly { readonly ipAddress?: string | undefined }[] | undefined;
  /** `TASK_RUNNING` and so on; absent before Marathon 1.0. */
  readonly state?: string | undefined;
  readonly healthCheckResults?: readonly { readonly alive?: boolean | undefined }[] | undefined;
  /** The version that it was started with, if the app's definition has changed since. */
  readonly formerVersion?: string | undefined;
}
