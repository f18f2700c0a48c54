import { networkMode, portsOf, type AppDefinition, type Container } from '../definition/app-definition.ts';

/** Marathon 1.4: nulls are written, ports are in `ports` and under `container.docker`, addresses of tasks in `ipAddress`. */
export function writeAppOld(app: AppDefinition, { info, versionInfo }: { info?: object; versionInfo: boolean }): object {
  const mode = networkMode(app);
  const ownAddress = mode === 'container';
  const services = portsOf(app).map((port) => port.servicePort);
  const definitions =
    mode === 'host'
      ? (app.portDefinitions ?? []).map((entry) => ({ ...entry, labels: entry.labels ?? {} }))
      : services.map((port) => ({ port, protocol: 'tcp', labels: {} }));
  const checks = (app.healthChecks ?? []).map(({ ipProtocol: _ip, delaySeconds, ...check }) =>
    check.protocol.startsWith('MESOS_') ? { ...check, delaySeconds } : check,
  );
  return {
    id: app.id,
    args: app.args ?? null,
    user: app.user ?? null,
    env: app.env ?? {},
    cpus: app.cpus,
    mem: app.mem,
    disk: app.disk,
    gpus: app.gpus,
    executor: app.executor,
    constraints: [],
    uris: [],
    fetch: [],
    storeUrls: [],
    backoffSeconds: app.backoffSeconds,
    backoffFactor: app.backoffFactor,
    maxLaunchDelaySeconds: app.maxLaunchDelaySeconds,
    readinessChecks: app.readinessChecks ?? [],
    dependencies: [],
    upgradeStrategy: app.upgradeStrategy,
    residency: null,
    secrets: {},
    taskKillGracePeriodSeconds: app.taskKillGracePeriodSeconds ?? null,
    unreachableStrategy: app.unreachableStrategy,
    killSelection: app.killSelection,
    ...(versionInfo ? { versionInfo: app.versionInfo } : {}),
    version: app.version,
    ...info,
    cmd: app.cmd ?? null,
    instances: app.instances,
    container: app.container ? oldContainer(app.container, mode) : null,
    healthChecks: checks,
    labels: app.labels,
    ipAddress: ownAddress ? oldAddress(app) : null,
    ...(ownAddress ? {} : { ports: services, portDefinitions: definitions, requirePorts: app.requirePorts }),
  };
}

function oldContainer(container: Container, mode: ReturnType<typeof networkMode>): object | null {
  const { portMappings, docker, ...rest } = container;
  if (!docker) return mode === 'host' ? { ...rest } : null;
  const network = mode === 'host' ? 'HOST' : mode === 'container' ? 'USER' : 'BRIDGE';
  const image = { image: docker.image, network, portMappings: mode === 'host' ? null : (portMappings ?? null) };
  return {
    ...rest,
    docker: {
      ...image,
      privileged: docker.privileged ?? false,
      parameters: docker.parameters ?? [],
      forcePullImage: docker.forcePullImage,
    },
  };
}

/** Without a docker image the ports are those of the task's own address. */
function oldAddress(app: AppDefinition): object {
  const mappings = app.container?.docker ? [] : (app.container?.portMappings ?? []);
  const ports = mappings.map(({ containerPort, name, protocol, labels }) => ({
    number: containerPort,
    name: name ?? '',
    protocol,
    labels,
  }));
  return { groups: [], labels: {}, discovery: { ports }, networkName: app.networks[0]?.name ?? 'dcos' };
}
