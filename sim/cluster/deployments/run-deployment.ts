/** Starting, running and cancelling deployments. */
import { setMaxListeners } from 'node:events';
import { ApiError } from '../../api-error.ts';
import type { AppDefinition } from '../../definition/app-definition.ts';
import { stepsOf, type Action, type Change, type Deployment } from './deployment.ts';
import { addHealthChecks, deploymentEvent, emit } from '../events.ts';
import { isReady, type Instance } from '../instances/instance.ts';
import { decommission, launch } from '../instances/lifecycle.ts';
import { checkReadiness } from '../health/readiness-checks.ts';
import { restart } from './rolling-restart.ts';
import { byKillOrder } from './kill-order.ts';
import { instancesOf, nextVersion, parentOf, removeApp, spawn, storeApp, touch, until, type Cluster } from '../cluster.ts';

export interface DeployOptions {
  readonly force: boolean;
  readonly version: string;
  /** What `group_change_success` names; default: the parent of the one app that changes. */
  readonly groupId?: string;
  readonly firstToKill?: ReadonlySet<string>;
  /** Published right after `group_change_success`. */
  readonly afterwards?: () => void;
}

/**
 * Stores the new definitions and sets the cluster in motion. Throws 409 if an app is locked and `force` is not given;
 * with it the deployments in the way are cancelled.
 */
export function deploy(cluster: Cluster, changes: ReadonlyMap<string, Change>, options: DeployOptions): Deployment {
  const { version, force } = options;
  const groupId = options.groupId ?? parentOf(changes.keys().next().value ?? '/');
  const inTheWay = [...cluster.deployments.values()].filter((other) => [...other.changes.keys()].some((app) => changes.has(app)));
  if (inTheWay.length > 0 && !force) {
    const message =
      "App is locked by one or more deployments. Override with the option '?force=true'. View details at '/v2/deployments/<DEPLOYMENT_ID>'.";
    emit(cluster, 'group_change_failed', { groupId, version, reason: message });
    throw new ApiError(409, message, { deployments: inTheWay.map(({ id }) => ({ id })) });
  }
  for (const other of inTheWay) cancel(cluster, other);
  for (const [id, { after }] of changes) {
    if (after) storeApp(cluster, after);
    else removeApp(cluster, id);
  }
  emit(cluster, 'group_change_success', { groupId, version });
  options.afterwards?.();

  const deployment: Deployment = {
    id: cluster.settings.random.uuid(),
    version,
    steps: stepsOf(changes),
    currentStep: 0,
    changes,
    firstToKill: options.firstToKill ?? new Set(),
    abort: new AbortController(),
  };
  cluster.deployments.set(deployment.id, deployment);
  for (const app of changes.keys()) touch(cluster, app);
  const signal = AbortSignal.any([deployment.abort.signal, cluster.signal]);
  setMaxListeners(0, signal);
  spawn(cluster, signal, () => run(cluster, deployment, signal));
  return deployment;
}

/** Ends a deployment where it stands. */
export function cancel(cluster: Cluster, deployment: Deployment): void {
  if (!cluster.deployments.has(deployment.id)) return;
  deployment.abort.abort(new Error('cancelled'));
  finish(cluster, deployment);
  deploymentEvent(cluster, 'deployment_failed', deployment, 'The upgrade has been cancelled');
}

/** Undoes the changes of a deployment by a new one. */
export function rollBack(cluster: Cluster, deployment: Deployment): Deployment {
  const version = nextVersion(cluster);
  const changes = new Map<string, Change>();
  for (const [id, { before, after }] of deployment.changes) {
    const now = cluster.apps.get(id)?.definition;
    const sameConfig = before && after && before.versionInfo.lastConfigChangeAt === after.versionInfo.lastConfigChangeAt;
    const versionInfo = {
      lastScalingAt: version,
      lastConfigChangeAt: sameConfig ? before.versionInfo.lastConfigChangeAt : version,
    };
    changes.set(id, { before: now, after: before && { ...before, version, versionInfo } });
  }
  return deploy(cluster, changes, { force: true, version, groupId: '/' });
}

async function run(cluster: Cluster, deployment: Deployment, signal: AbortSignal): Promise<void> {
  await cluster.settings.clock.sleep(cluster.settings.delays.deployment, signal);
  for (const step of deployment.steps) {
    deployment.currentStep += 1;
    deploymentEvent(cluster, 'deployment_info', deployment);
    await Promise.all(step.actions.map((action) => act(cluster, deployment, action, signal)));
    deploymentEvent(cluster, 'deployment_step_success', deployment);
  }
  finish(cluster, deployment);
  deploymentEvent(cluster, 'deployment_success', deployment);
}

async function act(cluster: Cluster, deployment: Deployment, { action, app: id }: Action, signal: AbortSignal): Promise<void> {
  const after = deployment.changes.get(id)?.after;
  if (action === 'StopApplication') return stop(cluster, deployment, id, signal);
  if (!after) return;
  switch (action) {
    case 'StartApplication':
      return addHealthChecks(cluster, after);
    case 'ScaleApplication':
      return scale(cluster, after, deployment.firstToKill, signal);
    case 'RestartApplication':
      addHealthChecks(cluster, after);
      return restart(cluster, after, startOne, signal);
  }

  function startOne(app: AppDefinition): Instance {
    const instance = launch(cluster, app);
    checkReadiness(cluster, instance, signal);
    return instance;
  }
}

async function scale(cluster: Cluster, app: AppDefinition, firstToKill: ReadonlySet<string>, signal: AbortSignal): Promise<void> {
  const active = instancesOf(cluster, app.id).filter((instance) => instance.goal === 'Running');
  for (const instance of byKillOrder(active, app.killSelection, firstToKill).slice(
    0,
    Math.max(0, active.length - app.instances),
  )) {
    decommission(cluster, instance);
  }
  for (let count = active.length; count < app.instances; count += 1) checkReadiness(cluster, launch(cluster, app), signal);
  const settled = (): boolean => {
    const all = instancesOf(cluster, app.id);
    return (
      all.every((instance) => instance.goal === 'Running') &&
      (active.length >= app.instances || all.filter(isReady).length >= app.instances)
    );
  };
  await until(cluster, app.id, settled, signal);
}

async function stop(cluster: Cluster, deployment: Deployment, id: string, signal: AbortSignal): Promise<void> {
  if (deployment.changes.get(id)?.before?.healthChecks) emit(cluster, 'remove_health_check_event', { appId: id });
  for (const instance of instancesOf(cluster, id)) decommission(cluster, instance);
  await until(cluster, id, () => !cluster.instances.has(id), signal);
  emit(cluster, 'app_terminated_event', { appId: id });
}

function finish(cluster: Cluster, deployment: Deployment): void {
  cluster.deployments.delete(deployment.id);
  for (const app of deployment.changes.keys()) touch(cluster, app);
}
