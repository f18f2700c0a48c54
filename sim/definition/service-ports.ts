import { portsOf, type AppDefinition } from './app-definition.ts';

/** The service ports that apps have; the lowest free one is found without looking at every app again. */
export interface ServicePorts {
  readonly taken: Map<number, number>;
  /** No free port is below this one. */
  floor: number;
}

/** Lowest dynamic service port (`--local_port_min`). */
export const FIRST_PORT = 10_000;

/**
 * Gives each service port 0 of `app` a port: first those that the definition before had and this one does not name, in
 * order, then the lowest free ones from 10000 on (Marathon's `AssignDynamicServiceLogic`).
 */
export function assignServicePorts(app: AppDefinition, before: AppDefinition | undefined, ports: ServicePorts): AppDefinition {
  const wanted = portsOf(app).map((port) => port.servicePort);
  if (!wanted.includes(0)) return app;
  const reusable = (before ? portsOf(before) : []).map((port) => port.servicePort).filter((port) => !wanted.includes(port));
  const used = new Set(wanted);
  const assigned = wanted.map((port) => {
    if (port !== 0) return port;
    const next = reusable.shift() ?? lowestFree(ports, used);
    used.add(next);
    return next;
  });
  return withServicePorts(app, assigned);
}

/** Notes the service ports of a stored definition (`step` 1) or of one that went (`step` -1). */
export function countServicePorts(ports: ServicePorts, app: AppDefinition, step: 1 | -1): void {
  for (const { servicePort } of portsOf(app)) {
    const count = (ports.taken.get(servicePort) ?? 0) + step;
    if (count > 0) ports.taken.set(servicePort, count);
    else ports.taken.delete(servicePort);
    if (step < 0) ports.floor = Math.max(FIRST_PORT, Math.min(ports.floor, servicePort));
  }
}

function lowestFree(ports: ServicePorts, used: ReadonlySet<number>): number {
  while (ports.taken.has(ports.floor)) ports.floor += 1;
  let port = ports.floor;
  while (ports.taken.has(port) || used.has(port)) port += 1;
  return port;
}

function withServicePorts(app: AppDefinition, assigned: readonly number[]): AppDefinition {
  if (app.portDefinitions) {
    return {
      ...app,
      portDefinitions: app.portDefinitions.map((entry, index) => ({ ...entry, port: assigned[index] ?? entry.port })),
    };
  }
  const mappings = app.container?.portMappings;
  if (!app.container || !mappings) return app;
  const portMappings = mappings.map((entry, index) => ({ ...entry, servicePort: assigned[index] ?? entry.servicePort }));
  return { ...app, container: { ...app.container, portMappings } };
}
