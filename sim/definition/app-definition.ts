/** An app definition as Marathon 1.11 stores it: the one form inside the simulator, whatever dialect comes in or goes out. */
export interface AppDefinition {
  id: string;
  cmd?: string;
  args?: string[];
  user?: string;
  env?: Record<string, string | { secret: string }>;
  /** 0 = suspended. */
  instances: number;
  cpus: number;
  mem: number;
  disk: number;
  gpus: number;
  executor: string;
  labels: Record<string, string>;
  container?: Container;
  /** Never empty. */
  networks: Network[];
  /** Host networking only. */
  portDefinitions?: PortDefinition[];
  requirePorts: boolean;
  healthChecks?: HealthCheck[];
  readinessChecks?: ReadinessCheck[];
  upgradeStrategy: { minimumHealthCapacity: number; maximumOverCapacity: number };
  unreachableStrategy: 'disabled' | { inactiveAfterSeconds: number; expungeAfterSeconds: number };
  killSelection: 'YOUNGEST_FIRST' | 'OLDEST_FIRST';
  role: string;
  backoffSeconds: number;
  backoffFactor: number;
  maxLaunchDelaySeconds: number;
  taskKillGracePeriodSeconds?: number;
  version: string;
  versionInfo: { lastScalingAt: string; lastConfigChangeAt: string };
}

export interface Container {
  type: 'DOCKER' | 'MESOS';
  volumes: object[];
  docker?: { image: string; forcePullImage: boolean; privileged?: boolean; parameters?: { key: string; value: string }[] };
  portMappings?: PortMapping[];
}

export interface Network {
  mode: 'host' | 'container' | 'container/bridge';
  name?: string;
  labels?: Record<string, string>;
}

export interface PortDefinition {
  port: number;
  protocol: string;
  name?: string;
  labels?: Record<string, string>;
}

export interface PortMapping {
  containerPort: number;
  /** 0 = a random one; missing = none. */
  hostPort?: number;
  servicePort: number;
  protocol: string;
  name?: string;
  labels: Record<string, string>;
  networkNames?: string[];
}

/** Times in seconds. */
export interface HealthCheck {
  protocol: 'HTTP' | 'HTTPS' | 'TCP' | 'COMMAND' | 'MESOS_HTTP' | 'MESOS_HTTPS' | 'MESOS_TCP';
  path?: string;
  port?: number;
  portIndex?: number | string;
  command?: { value: string };
  gracePeriodSeconds: number;
  intervalSeconds: number;
  timeoutSeconds: number;
  maxConsecutiveFailures: number;
  delaySeconds: number;
  ipProtocol?: 'IPv4' | 'IPv6';
  ignoreHttp1xx?: boolean;
}

export interface ReadinessCheck {
  name: string;
  protocol: 'HTTP' | 'HTTPS';
  path: string;
  portName: string;
  intervalSeconds: number;
  timeoutSeconds: number;
  httpStatusCodesForReady: number[];
  preserveLastResponse: boolean;
}

/** Where an app's ports are: on the agent (host), mapped by the agent (bridge) or on an address of its own (container). */
export function networkMode(app: Pick<AppDefinition, 'networks'>): Network['mode'] {
  return app.networks[0]?.mode ?? 'host';
}

/** The ports of an app in the order of its port indexes, with the service port of each. */
export function portsOf(app: Pick<AppDefinition, 'networks' | 'portDefinitions' | 'container'>): AppPort[] {
  if (networkMode(app) === 'host') {
    return (app.portDefinitions ?? []).map((entry) => ({
      name: entry.name,
      servicePort: entry.port,
      containerPort: undefined,
      hostPort: 0,
    }));
  }
  return (app.container?.portMappings ?? []).map((entry) => ({
    name: entry.name,
    servicePort: entry.servicePort,
    containerPort: entry.containerPort,
    hostPort: entry.hostPort,
  }));
}

export interface AppPort {
  name: string | undefined;
  servicePort: number;
  /** Bridge and container networks. 0 = as the host port. */
  containerPort: number | undefined;
  /** 0 = a random one; undefined = none. */
  hostPort: number | undefined;
}
