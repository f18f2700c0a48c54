/** Starting, running and cancelling deployments. */
import { setMaxListeners } from 'node:events';
import { ApiError } from '../api-error.ts';
import type { AppDefinition } from '../definition/app-definition.ts';
import { stepsOf, type Action, type Change, type Deployment } from './deployment.ts';
import { addHealthChecks, deploymentEvent, emit } from './events.ts';
import { isReady, type Instance } from './instance.ts';
import { decommission, launch } from './lifecycle.ts';
import { checkReadiness } from './readiness-checks.ts';
import { restart } from './rolling-restart.ts';
import { byKillOrder } from './kill-order.ts';
import { instancesOf, nextVersion, parentOf, removeApp, spawn, storeApp, touch, until, type World } from './cluster.ts';

export interface DeployOptions {
  readonly force: boolean;
  readonly version: string;
  /** What `group_change_success` names; default: the parent of the one app that changes. */
  readonly groupId?: string;
  readonly victims?: ReadonlySet<string>;
  /** Published right after `group_change_success`. */
  readonly afterwards?: () => void;
}

/**
 * Stores the new definitions and sets the cluster in motion. Throws 409 where an app is locked and `force` is not given;
 * with it the deployments in the way are cancelled.
 */
export function deploy(world: World, changes: ReadonlyMap<string, Change>, options: DeployOptions): Deployment {
  const { version, force } = options;
  const groupId = options.groupId ?? parentOf(changes.keys().next().value ?? '/');
  const inTheWay = [...world.deployments.values()].filter((other) => [...other.changes.keys()].some((app) => changes.has(app)));
  if (inTheWay.length > 0 && !force) {
    const message =
      "App is locked by one or more deployments. Override with the option '?force=true'. View details at '/v2/deployments/<DEPLOYMENT_ID>'.";
    emit(world, 'group_change_failed', { groupId, version, reason: message });
    throw new ApiError(409, message, { deployments: inTheWay.map(({ id }) => ({ id })) });
  }
  for (const other of inTheWay) cancel(world, other);
  for (const [id, { after }] of changes) {
    if (after) storeApp(world, after);
    else removeApp(world, id);
  }
  emit(world, 'group_change_success', { groupId, version });
  options.afterwards?.();

  const deployment: Deployment = {
    id: world.settings.dice.uuid(),
    version,
    steps: stepsOf(changes),
    currentStep: 0,
    changes,
    victims: options.victims ?? new Set(),
    abort: new AbortController(),
  };
  world.deployments.set(deployment.id, deployment);
  for (const app of changes.keys()) touch(world, app);
  const signal = AbortSignal.any([deployment.abort.signal, world.signal]);
  setMaxListeners(0, signal);
  spawn(world, signal, () => run(world, deployment, signal));
  return deployment;
}

/** Ends a deployment where it stands. */
export function cancel(world: World, deployment: Deployment): void {
  if (!world.deployments.has(deployment.id)) return;
  deployment.abort.abort(new Error('cancelled'));
  finish(world, deployment);
  deploymentEvent(world, 'deployment_failed', deployment, 'The upgrade has been cancelled');
}

/** Undoes the changes of a deployment by a new one. */
export function rollBack(world: World, deployment: Deployment): Deployment {
  const version = nextVersion(world);
  const changes = new Map<string, Change>();
  for (const [id, { before, after }] of deployment.changes) {
    const now = world.apps.get(id)?.definition;
    const sameConfig = before && after && before.versionInfo.lastConfigChangeAt === after.versionInfo.lastConfigChangeAt;
    const versionInfo = {
      lastScalingAt: version,
      lastConfigChangeAt: sameConfig ? before.versionInfo.lastConfigChangeAt : version,
    };
    changes.set(id, { before: now, after: before && { ...before, version, versionInfo } });
  }
  return deploy(world, changes, { force: true, version, groupId: '/' });
}

async function run(world: World, deployment: Deployment, signal: AbortSignal): Promise<void> {
  await world.settings.clock.sleep(world.settings.delays.deployment, signal);
  for (const step of deployment.steps) {
    deployment.currentStep += 1;
    deploymentEvent(world, 'deployment_info', deployment);
    await Promise.all(step.actions.map((action) => act(world, deployment, action, signal)));
    deploymentEvent(world, 'deployment_step_success', deployment);
  }
  finish(world, deployment);
  deploymentEvent(world, 'deployment_success', deployment);
}

async function act(world: World, deployment: Deployment, { action, app: id }: Action, signal: AbortSignal): Promise<void> {
  const after = deployment.changes.get(id)?.after;
  if (action === 'StopApplication') return stop(world, deployment, id, signal);
  if (!after) return;
  switch (action) {
    case 'StartApplication':
      return addHealthChecks(world, after);
    case 'ScaleApplication':
      return scale(world, after, deployment.victims, signal);
    case 'RestartApplication':
      addHealthChecks(world, after);
      return restart(world, after, startOne, signal);
  }

  function startOne(app: AppDefinition): Instance {
    const instance = launch(world, app);
    checkReadiness(world, instance, signal);
    return instance;
  }
}

async function scale(world: World, app: AppDefinition, victims: ReadonlySet<string>, signal: AbortSignal): Promise<void> {
  const active = instancesOf(world, app.id).filter((instance) => instance.goal === 'Running');
  for (const instance of byKillOrder(active, app.killSelection, victims).slice(0, Math.max(0, active.length - app.instances))) {
    decommission(world, instance);
  }
  for (let count = active.length; count < app.instances; count += 1) checkReadiness(world, launch(world, app), signal);
  const settled = (): boolean => {
    const all = instancesOf(world, app.id);
    return (
      all.every((instance) => instance.goal === 'Running') &&
      (active.length >= app.instances || all.filter(isReady).length >= app.instances)
    );
  };
  await until(world, app.id, settled, signal);
}

async function stop(world: World, deployment: Deployment, id: string, signal: AbortSignal): Promise<void> {
  if (deployment.changes.get(id)?.before?.healthChecks) emit(world, 'remove_health_check_event', { appId: id });
  for (const instance of instancesOf(world, id)) decommission(world, instance);
  await until(world, id, () => !world.instances.has(id), signal);
  emit(world, 'app_terminated_event', { appId: id });
}

function finish(world: World, deployment: Deployment): void {
  world.deployments.delete(deployment.id);
  for (const app of deployment.changes.keys()) touch(world, app);
}
