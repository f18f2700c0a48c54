import { parseApp } from '../../marathon/apps/schema.ts';
import type { DeployStart } from './start.ts';
import type { AppState, Observation } from '../types.ts';

/** The apps of the group as they are once the new one is created; that one is undefined if Marathon is going to refuse it. */
export function appsOnceCreated(beginning: DeployStart, { apps }: Pick<Observation, 'apps'>): readonly AppState[] | undefined {
  if (beginning.kind !== 'create') return apps;
  const { app } = parseApp({ ...beginning.app, id: beginning.fresh });
  if (app === undefined) return undefined;
  return [...apps, { app: { ...app, versionInfo: { lastScalingAt: LATER } }, raw: beginning.app, deployments: [] }];
}

/** The new app is the one that was scaled last. */
const LATER = '8999-01-01T00:00:00.000Z';
