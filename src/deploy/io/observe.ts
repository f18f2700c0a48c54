import { deploymentGroup } from '../../model/groups/deployment-groups.ts';
import { type AppsClient, appOfDefinition, readAppsWith } from '../../sources/marathon/deploys/read-apps.ts';
import type { DeployStart } from '../decide/start.ts';
import { label } from '../definition/labels.ts';
import type { AppState, Observation } from '../types.ts';
import type { Balancers } from './balancers.ts';

export type { AppsClient } from '../../sources/marathon/deploys/read-apps.ts';
export { mayPass } from '../../sources/marathon/error.ts';

export interface Observer {
  /** Looks at Marathon first, then at the load balancers: they can only be ahead. Throws a `SourceError` if Marathon cannot be read. */
  look(signal: AbortSignal): Promise<Observation>;
}

/** Looks at the apps of a deployment group (an app id) and at all load balancers; `now` is a monotonic clock in milliseconds. */
export function createObserver(
  group: string,
  parts: {
    readonly client: AppsClient;
    readonly balancers: Balancers;
    readonly now: () => number;
  },
): Observer {
  const wanted = {
    label: label.group,
    isWanted: (labels: Readonly<Record<string, string>>) => deploymentGroup({ labels }) === group,
    word: group.replace(/^\//, ''),
  };
  return {
    async look(signal) {
      const apps = await readAppsWith(parts.client, wanted, signal);
      return { at: parts.now(), leader: parts.client.leader, apps, balancers: await parts.balancers.look(signal) };
    },
  };
}

/** Returns the apps of the group as they are once the new one is created; undefined if Marathon is going to refuse that one. */
export function appsOnceCreated(beginning: DeployStart, { apps }: Pick<Observation, 'apps'>): readonly AppState[] | undefined {
  if (beginning.kind !== 'create') return apps;
  const app = appOfDefinition({ ...beginning.app, id: beginning.fresh });
  return app && [...apps, { app: { ...app, scaledAt: LATER }, raw: beginning.app, deployments: [] }];
}

/** The new app is the one that was scaled last. */
const LATER = '8999-01-01T00:00:00.000Z';
