/**
 * Turns the input forms of Marathon up to 1.4 into those of 1.5 and later (1.5 and later accept them too): `ports`,
 * `container.docker.network` and `portMappings`, `ipAddress`. Values that are no app pass through: validation is not done here.
 */
export function fromOldDialect(value: unknown): unknown {
  if (!isRecord(value)) return value;
  const { ports, ipAddress, ...app } = value;
  const container = isRecord(app['container']) ? app['container'] : undefined;
  const docker = isRecord(container?.['docker']) ? container['docker'] : undefined;
  const network = docker?.['network'];

  if (Array.isArray(ports) && app['portDefinitions'] === undefined && network === undefined && !isRecord(ipAddress)) {
    app['portDefinitions'] = ports.map((port: unknown) => ({ port, protocol: 'tcp' }));
  }
  if (container && docker && (network !== undefined || docker['portMappings'] !== undefined)) {
    const { network: _network, portMappings, ...image } = docker;
    app['container'] = { ...container, docker: image, ...(portMappings === undefined ? {} : { portMappings }) };
    if (app['networks'] === undefined) app['networks'] = [networkOf(network, ipAddress)];
    if (network === 'BRIDGE' || network === 'USER') delete app['portDefinitions'];
  } else if (isRecord(ipAddress) && app['networks'] === undefined) {
    app['networks'] = [networkOf('USER', ipAddress)];
    app['container'] = { type: 'MESOS', ...container, portMappings: discoveryPorts(ipAddress) };
    delete app['portDefinitions'];
  }
  return app;
}

function networkOf(network: unknown, ipAddress: unknown): object {
  if (network === 'BRIDGE') return { mode: 'container/bridge' };
  if (network !== 'USER') return { mode: 'host' };
  const name = isRecord(ipAddress) ? ipAddress['networkName'] : undefined;
  return { mode: 'container', name: typeof name === 'string' ? name : 'dcos' };
}

function discoveryPorts(ipAddress: Record<string, unknown>): object[] {
  const discovery = ipAddress['discovery'];
  const ports = isRecord(discovery) && Array.isArray(discovery['ports']) ? discovery['ports'] : [];
  return ports
    .filter(isRecord)
    .map((port) => ({ containerPort: port['number'], name: port['name'], protocol: port['protocol'] }));
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
