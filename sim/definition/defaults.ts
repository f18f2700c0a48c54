import type { AppDefinition, Container, HealthCheck, Network, PortDefinition } from './app-definition.ts';
import type { AppInput } from './app-input.ts';

/**
 * Makes a whole definition of what was sent, on top of the definition that is there (only top-level fields are replaced,
 * `labels` and `container` whole). Service ports stay as they are given, 0 included. Defaults are those of Marathon 1.11.
 */
export function complete(input: AppInput, id: string, version: string, base: AppDefinition | undefined): AppDefinition {
  const { version: _version, ...fields } = dropUndefined(input);
  const merged = { ...base, ...fields };
  const networks = (merged.networks ?? [{ mode: 'host' }]) as Network[];
  const mode = networks[0]?.mode ?? 'host';
  const { container, portDefinitions, healthChecks, readinessChecks, env, ...rest } = merged;
  const withPorts = completeContainer(container as Container | undefined, mode);
  return {
    backoffFactor: 1.15,
    backoffSeconds: 1,
    cpus: 1,
    disk: 0,
    executor: '',
    maxLaunchDelaySeconds: 300,
    mem: 128,
    gpus: 0,
    requirePorts: false,
    upgradeStrategy: { maximumOverCapacity: 1, minimumHealthCapacity: 1 },
    killSelection: 'YOUNGEST_FIRST',
    unreachableStrategy: { inactiveAfterSeconds: 0, expungeAfterSeconds: 0 },
    role: '*',
    instances: 1,
    labels: {},
    ...(rest as Partial<AppDefinition>),
    ...(env && Object.keys(env).length > 0 ? { env } : {}),
    ...(withPorts ? { container: withPorts } : {}),
    ...(healthChecks && healthChecks.length > 0 ? { healthChecks: (healthChecks as HealthCheck[]).map(completeCheck) } : {}),
    ...(readinessChecks && readinessChecks.length > 0 ? { readinessChecks } : {}),
    networks,
    ...(mode === 'host' ? { portDefinitions: completePorts(portDefinitions as PortDefinition[] | undefined) } : {}),
    id,
    version,
    versionInfo: base?.versionInfo ?? { lastScalingAt: version, lastConfigChangeAt: version },
  };
}

/** Without port definitions an app on the host network gets one random port; an explicit `[]` means none. */
function completePorts(definitions: PortDefinition[] | undefined): PortDefinition[] {
  if (!definitions) return [{ port: 0, name: 'default', protocol: 'tcp' }];
  return definitions.map(({ labels, ...entry }) => (labels && Object.keys(labels).length > 0 ? { ...entry, labels } : entry));
}

function completeContainer(container: Container | undefined, mode: Network['mode']): Container | undefined {
  if (mode === 'host') return container && withoutMappings(container);
  const given: Container = container ?? { type: 'MESOS', volumes: [] };
  const mappings = given.portMappings ?? [{ containerPort: 0, name: 'default', protocol: 'tcp', servicePort: 0, labels: {} }];
  const docker = given.type === 'DOCKER' && given.docker ? { parameters: [], privileged: false, ...given.docker } : given.docker;
  return {
    ...given,
    ...(docker ? { docker } : {}),
    portMappings: mappings.map((entry) => (mode === 'container/bridge' ? { ...entry, hostPort: entry.hostPort ?? 0 } : entry)),
  };
}

function withoutMappings(container: Container): Container {
  const { portMappings: _none, ...rest } = container;
  return rest;
}

function completeCheck(check: HealthCheck): HealthCheck {
  const { protocol } = check;
  return {
    ...check,
    ...(check.port === undefined && check.portIndex === undefined && protocol !== 'COMMAND' ? { portIndex: 0 } : {}),
    ...(protocol === 'HTTP' || protocol === 'HTTPS' ? { ignoreHttp1xx: check.ignoreHttp1xx ?? false } : {}),
    ...(protocol === 'COMMAND' ? {} : { ipProtocol: check.ipProtocol ?? 'IPv4' }),
  };
}

function dropUndefined<T extends object>(value: T): T {
  return Object.fromEntries(Object.entries(value).filter(([, inner]) => inner !== undefined)) as T;
}
