/** Finds an app's ports and addresses, in every dialect of Marathon from 0.8 to 1.11. */
import type { Lookup } from '../../lib/tracked-lookup.ts';
import type { App, PortMapping, Task } from '../snapshot.ts';

export type NetworkMode = 'host' | 'container' | 'container/bridge';

/** The networking mode: `networks` (Marathon 1.5 and later) wins over `container.docker.network`, and that over `ipAddress`. */
export function networkMode(app: App): NetworkMode {
  let mode: NetworkMode = 'host';
  if (app.ipAddress) mode = 'container';
  const docker = app.container?.docker?.network;
  if (docker === 'USER') mode = 'container';
  if (docker === 'BRIDGE') mode = 'container/bridge';
  for (const network of app.networks ?? []) mode = asMode(network.mode);
  return mode;
}

/** The service ports that Marathon gives; empty if it gives none. */
export function servicePorts(app: App, mode: NetworkMode): readonly number[] {
  if (mode !== 'host') {
    const mapped = portMappings(app).flatMap((mapping) => (mapping.servicePort === undefined ? [] : [mapping.servicePort]));
    if (mapped.length > 0) return mapped;
  }
  return definedPorts(app) ?? app.ports ?? [];
}

/** Returns the numbers of the service ports that are UDP and not TCP as well, in the order of `servicePorts`. */
export function udpPorts(app: App, mode: NetworkMode): ReadonlySet<number> {
  const mapped = mode === 'host' ? [] : portMappings(app).filter(({ servicePort }) => servicePort !== undefined);
  const ports = mapped.length > 0 ? mapped : (app.portDefinitions ?? []).filter(({ port }) => port !== undefined);
  let found: Set<number> | undefined;
  for (const [index, { protocol }] of ports.entries()) if (protocol === 'udp') (found ??= new Set()).add(index);
  return found ?? NONE;
}

const NONE: ReadonlySet<number> = new Set();

/** The ports of a task, in the order of the service ports; empty if it has none. */
export function taskPorts(app: App, mode: NetworkMode, task: Task): readonly number[] {
  if (mode === 'container') {
    const discovered = app.ipAddress?.discovery?.ports;
    return discovered && discovered.length > 0 ? discovered.map((port) => port.number) : containerPorts(app);
  }
  if (task.ports && task.ports.length > 0) return task.ports;
  const defined = definedPorts(app) ?? [];
  if (defined.length > 0 || mode === 'host') return defined;
  return containerPorts(app);
}

/** Host and address of a task; undefined: it has no address (yet), or its host name could not be resolved. */
export function taskAddress(
  mode: NetworkMode,
  task: Task,
  addresses: Lookup<string>,
): { readonly host: string; readonly ip: string } | undefined {
  const host = task.host;
  if (!host) return undefined;
  const ip = mode === 'container' ? task.ipAddresses?.[0]?.ipAddress : isIpLiteral(host) ? host : addresses.get(host);
  return ip ? { host, ip } : undefined;
}

/** Returns whether a host is an address already, which need not be resolved. */
export function isIpLiteral(host: string): boolean {
  return /^\d{1,3}(?:\.\d{1,3}){3}$/.test(host) || host.includes(':');
}

/** The port mappings: those of `container.docker` (up to Marathon 1.4) if there are any, else those of `container`. */
export function portMappings(app: App): readonly PortMapping[] {
  const docker = app.container?.docker?.portMappings;
  return docker && docker.length > 0 ? docker : (app.container?.portMappings ?? []);
}

function definedPorts(app: App): readonly number[] | undefined {
  return app.portDefinitions?.flatMap((definition) => (definition.port === undefined ? [] : [definition.port]));
}

function containerPorts(app: App): readonly number[] {
  return portMappings(app).flatMap((mapping) => (mapping.containerPort === undefined ? [] : [mapping.containerPort]));
}

function asMode(mode: string | undefined): NetworkMode {
  return mode === 'host' || mode === 'container/bridge' ? mode : 'container';
}
