import { parseApp } from '../../marathon/apps/schema.ts';
import type { Beginning } from './start.ts';
import type { AppSeen, Seen } from '../types.ts';

/** The apps of the group as they are once the new one is created; that one is undefined if Marathon is going to refuse it. */
export function appsOnceCreated(beginning: Beginning, { apps }: Pick<Seen, 'apps'>): readonly AppSeen[] | undefined {
  if (beginning.kind !== 'create') return apps;
  const { app } = parseApp({ ...beginning.app, id: beginning.fresh });
  if (app === undefined) return undefined;
  return [...apps, { app: { ...app, versionInfo: { lastScalingAt: LATER } }, raw: beginning.app, deployments: [] }];
}

/** The new app is the one that was scaled last. */
const LATER = '8999-01-01T00:00:00.000Z';
