import type { AppDefinition } from '../definition/app-definition.ts';
import type { Cluster } from '../cluster/cluster.ts';
import { writeAppOld } from './write-app-1.4.ts';

/** A definition in the dialect of the profile; `info`: what is put between (counts, deployments). POST replies and events have no `versionInfo`. */
export function writeApp(cluster: Cluster, app: AppDefinition, options: { info?: object; versionInfo: boolean }): object {
  return cluster.settings.profile === '1.4' ? writeAppOld(app, options) : writeAppNew(app, options);
}

/** Marathon 1.9.100 and later: no nulls, empty collections left out, `labels` and `networks` always there. */
function writeAppNew(app: AppDefinition, { info, versionInfo }: { info?: object; versionInfo: boolean }): object {
  const {
    id,
    container,
    healthChecks,
    readinessChecks,
    labels,
    networks,
    portDefinitions,
    cmd,
    args,
    env,
    user,
    instances,
    ...rest
  } = app;
  const {
    killSelection,
    unreachableStrategy,
    role,
    version,
    versionInfo: times,
    executor,
    cpus,
    disk,
    mem,
    gpus,
    ...strategy
  } = rest;
  const { backoffFactor, backoffSeconds, maxLaunchDelaySeconds, requirePorts, upgradeStrategy, taskKillGracePeriodSeconds } =
    strategy;
  return {
    id,
    backoffFactor,
    backoffSeconds,
    cpus,
    disk,
    executor,
    maxLaunchDelaySeconds,
    mem,
    gpus,
    requirePorts,
    upgradeStrategy,
    version,
    ...(versionInfo ? { versionInfo: times } : {}),
    killSelection,
    unreachableStrategy,
    role,
    ...(taskKillGracePeriodSeconds === undefined ? {} : { taskKillGracePeriodSeconds }),
    ...info,
    ...(cmd === undefined ? {} : { cmd }),
    ...(args === undefined ? {} : { args }),
    ...(user === undefined ? {} : { user }),
    ...(env === undefined ? {} : { env }),
    instances,
    ...(container ? { container } : {}),
    ...(healthChecks ? { healthChecks } : {}),
    ...(readinessChecks ? { readinessChecks } : {}),
    labels,
    networks,
    ...(portDefinitions ? { portDefinitions } : {}),
  };
}
