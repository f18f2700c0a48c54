/** Makes workloads of what Marathon gives, in every dialect from 0.8 to 1.11. */
import type { HealthCheck, NetworkMode, Task, TaskState, Workload } from '../../../model/workload.ts';

/** An app without its tasks, as `GET /v2/apps` gives it: each Marathon sends some of these fields. */
export interface AppDefinition {
  readonly id: string;
  readonly instances?: number | undefined;
  readonly labels: Readonly<Record<string, string>>;
  readonly container?:
    | {
        readonly docker?:
          | { readonly network?: string | undefined; readonly portMappings?: readonly PortMapping[] | undefined }
          | undefined;
        readonly portMappings?: readonly PortMapping[] | undefined;
      }
    | undefined;
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

/** A task of an app, as `embed=apps.tasks` gives it. */
export interface TaskDefinition {
  readonly id: string;
  readonly host?: string | undefined;
  readonly ports?: readonly number[] | undefined;
  readonly ipAddresses?: readonly { readonly ipAddress?: string | undefined }[] | undefined;
  /** `TASK_RUNNING` and so on; absent before Marathon 1.0. */
  readonly state?: string | undefined;
  readonly healthCheckResults?: readonly { readonly alive?: boolean | undefined }[] | undefined;
  readonly version?: unknown;
}

/** A workload with the versions of its definition. */
export interface MarathonApp extends Workload {
  /** Changes with the scale, too. */
  readonly version?: string | undefined;
  /** The version since which only the scale changed; Marathon 0.11 and later. */
  readonly changedAt?: string | undefined;
}

/** Returns the app with its tasks. `unreadTasks`: what is wrong with others. */
export function workloadOf(app: AppDefinition, tasks: readonly TaskDefinition[], unreadTasks?: readonly string[]): MarathonApp {
  const { id, instances, labels, healthChecks, version, versionInfo } = app;
  const changedAt = versionInfo?.lastConfigChangeAt;
  const network = networkMode(app);
  return {
    id,
    instances,
    labels,
    network,
    servicePorts: servicePorts(app, network),
    udpPorts: udpPorts(app, network),
    taskPorts: taskPorts(app, network),
    healthChecks,
    since: changedAt ?? version,
    scaledAt: versionInfo?.lastScalingAt,
    version,
    changedAt,
    tasks: tasks.map((task) => taskOf(task, changedAt)),
    unreadTasks,
  };
}

function taskOf({ id, host, ports, ipAddresses, state, healthCheckResults, version }: TaskDefinition, changedAt?: string): Task {
  return {
    id,
    host,
    ports,
    ip: ipAddresses?.[0]?.ipAddress,
    state: stateOf(state),
    alive: isAlive(healthCheckResults),
    formerVersion: formerVersion(version, changedAt),
  };
}

/** The networking mode: `networks` (Marathon 1.5 and later) wins over `container.docker.network`, and that over `ipAddress`. */
function networkMode(app: AppDefinition): NetworkMode {
  let mode: NetworkMode = 'host';
  if (app.ipAddress) mode = 'container';
  const docker = app.container?.docker?.network;
  if (docker === 'USER') mode = 'container';
  if (docker === 'BRIDGE') mode = 'container/bridge';
  for (const network of app.networks ?? []) mode = asMode(network.mode);
  return mode;
}

function asMode(mode: string | undefined): NetworkMode {
  return mode === 'host' || mode === 'container/bridge' ? mode : 'container';
}

function servicePorts(app: AppDefinition, mode: NetworkMode): readonly number[] {
  if (mode !== 'host') {
    const mapped = portMappings(app).flatMap(({ servicePort }) => servicePort ?? []);
    if (mapped.length > 0) return mapped;
  }
  return definedPorts(app) ?? app.ports ?? NONE;
}

/** Returns undefined if there are none. */
function udpPorts(app: AppDefinition, mode: NetworkMode): readonly number[] | undefined {
  const mapped = mode === 'host' ? [] : portMappings(app).filter(({ servicePort }) => servicePort !== undefined);
  const ports = mapped.length > 0 ? mapped : (app.portDefinitions ?? []).filter(({ port }) => port !== undefined);
  const found = ports.flatMap(({ protocol }, index) => (protocol === 'udp' ? index : []));
  return found.length > 0 ? found : undefined;
}

/** Without a host's ports: the discovered ones, or those of the containers. */
function taskPorts(app: AppDefinition, mode: NetworkMode): readonly number[] {
  if (mode === 'container') {
    const discovered = app.ipAddress?.discovery?.ports;
    return discovered && discovered.length > 0 ? discovered.map((port) => port.number) : containerPorts(app);
  }
  const defined = definedPorts(app) ?? NONE;
  return defined.length > 0 || mode === 'host' ? defined : containerPorts(app);
}

function definedPorts(app: AppDefinition): readonly number[] | undefined {
  return app.portDefinitions?.flatMap(({ port }) => port ?? []);
}

function containerPorts(app: AppDefinition): readonly number[] {
  return portMappings(app).flatMap(({ containerPort }) => containerPort ?? []);
}

/** The port mappings: those of `container.docker` (up to Marathon 1.4) if there are any, else those of `container`. */
function portMappings({ container }: AppDefinition): readonly PortMapping[] {
  const docker = container?.docker?.portMappings;
  return docker && docker.length > 0 ? docker : (container?.portMappings ?? NO_MAPPINGS);
}

const NONE: readonly number[] = [];
const NO_MAPPINGS: readonly PortMapping[] = [];

/** A state that is not known here may serve, as in 1.15. */
function stateOf(name: string | undefined): TaskState | undefined {
  if (name === undefined || name === 'TASK_RUNNING') return undefined;
  return { name, mayServe: !OUT_OF_SERVICE.has(name), isEnding: name === 'TASK_KILLING' };
}

const OUT_OF_SERVICE = new Set([
  'TASK_STAGING',
  'TASK_STARTING',
  'TASK_KILLING',
  'TASK_FINISHED',
  'TASK_FAILED',
  'TASK_KILLED',
  'TASK_ERROR',
  'TASK_DROPPED',
  'TASK_GONE',
  'TASK_GONE_BY_OPERATOR',
  'TASK_UNKNOWN',
]);

/** A missing and an empty list are no result: right after a leader change that is so for all tasks. */
function isAlive(results: TaskDefinition['healthCheckResults']): boolean | undefined {
  if (results === undefined || results.length === 0) return undefined;
  return results.some(({ alive }) => alive === true);
}

/** Returns the version of a task if it was started before the last change of the app's definition; a change of scale only is none. */
function formerVersion(version: unknown, changed: string | undefined): string | undefined {
  if (typeof version !== 'string' || changed === undefined || !(version < changed)) return undefined;
  return DATE.test(version) && DATE.test(changed) ? version : undefined;
}

/** As Marathon writes them: text that sorts as the dates do. */
const DATE = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/;
