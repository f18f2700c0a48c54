/** The labels in which Marathon keeps the state of a deploy. */
import { defaultMode } from '../../model/labels/definition.ts';
import { healthCheckOf } from '../../model/tasks/health.ts';
import { backendName } from '../../model/names.ts';
import { parseBoolean } from '../../model/labels/values.ts';
import { deploymentGroup } from '../../model/groups/deployment-groups.ts';
import { startedAt } from '../../model/groups/draining-side.ts';
import type { Workload } from '../../model/workload.ts';

export const label = {
  appId: 'HAPROXY_APP_ID',
  group: 'HAPROXY_DEPLOYMENT_GROUP',
  altPort: 'HAPROXY_DEPLOYMENT_ALT_PORT',
  colour: 'HAPROXY_DEPLOYMENT_COLOUR',
  started: 'HAPROXY_DEPLOYMENT_STARTED_AT',
  target: 'HAPROXY_DEPLOYMENT_TARGET_INSTANCES',
  newInstances: 'HAPROXY_DEPLOYMENT_NEW_INSTANCES',
  port: (index: number) => `HAPROXY_${index}_PORT`,
} as const;

export type Colour = 'blue' | 'green';

export function otherColour(app: Workload): Colour {
  return app.labels[label.colour] === 'blue' ? 'green' : 'blue';
}

/** A label that is a whole number; undefined: missing or something else. */
export function numberLabel(app: Workload, name: string): number | undefined {
  const text = app.labels[name]?.trim() ?? '';
  return /^\d{1,9}$/.test(text) ? Number(text) : undefined;
}

/** Of two apps: the one whose deploy began later is the new one; of equals, the one met first. */
export function byStart<T extends { readonly app: Workload }>(first: T, second: T): { readonly old: T; readonly fresh: T } {
  const isLater = (startedAt(second.app) ?? 0) > (startedAt(first.app) ?? 0);
  return isLater ? { old: first, fresh: second } : { old: second, fresh: first };
}

/** A service port of the group as its load balancers have it. */
export interface ServedPort {
  readonly index: number;
  readonly backend: string;
  /** It is in another group than the first: these load balancers need not have it. */
  readonly optional: boolean;
}

/** The service ports of an app of a deployment group, by which backend they are found. */
export function servedPorts(app: Workload): readonly ServedPort[] {
  const group = deploymentGroup(app);
  const groupOf = (index: number): string | undefined => app.labels[`HAPROXY_${index}_GROUP`] ?? app.labels['HAPROXY_GROUP'];
  return app.servicePorts.flatMap((port, index) => {
    if (group === undefined || isOff(app, index)) return [];
    const shown = numberLabel(app, label.port(index)) ?? port;
    return [{ index, backend: backendName(group, shown), optional: groupOf(index) !== groupOf(0) }];
  });
}

/** Returns whether load balancers serve any of its service ports in mode tcp. */
export function hasTcpPort(app: Workload): boolean {
  return servedPorts(app).some(({ index }) => {
    const hasHosts = (app.labels[`HAPROXY_${index}_VHOST`] ?? '') !== '';
    const mode = app.labels[`HAPROXY_${index}_MODE`]?.trim().toLowerCase();
    return (mode ?? defaultMode(healthCheckOf(app, index), hasHosts)) === 'tcp';
  });
}

function isOff(app: Workload, index: number): boolean {
  const text = app.labels[`HAPROXY_${index}_ENABLED`];
  if (text === undefined) return false;
  return !parseBoolean(text).value;
}
