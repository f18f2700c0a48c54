/** What clients may ask for, as changes of definitions. Errors are `ApiError`s. */
import { isDeepStrictEqual } from 'node:util';
import { ApiError, invalid, notFound } from '../api-error.ts';
import type { AppDefinition } from '../definition/app-definition.ts';
import type { AppInput } from '../definition/app-input.ts';
import { complete } from '../definition/defaults.ts';
import { deploy } from './run-deployment.ts';
import type { Change, Deployment } from './deployment.ts';
import { isActive, type Task } from './instance.ts';
import { kill } from './lifecycle.ts';
import { assignServicePorts } from '../definition/service-ports.ts';
import { instancesOf, nextVersion, type AppRecord, type World } from './cluster.ts';

/** Called with the definition as it will be told (`api_post_event`). */
export type Announce = (app: AppDefinition) => void;

/** POST /v2/apps. `app` is the object before service ports are assigned: zeros stay zeros. */
export function createApp(
  world: World,
  input: AppInput,
  force: boolean,
  announce: Announce,
): { app: AppDefinition; deployment: Deployment } {
  if (!input.id) throw invalid('/id', 'undefined');
  const id = absolute(input.id);
  if (world.apps.has(id)) throw new ApiError(409, `An app with id [${id}] already exists.`);
  const version = nextVersion(world);
  const app = complete(input, id, version, undefined);
  const stored = assignServicePorts(app, undefined, world.servicePorts);
  const changes = new Map<string, Change>([[id, { before: undefined, after: stored }]]);
  return { app, deployment: deploy(world, changes, { force, version, afterwards: () => announce(app) }) };
}

/** PUT and PATCH of apps, each with the id to be changed; those that are missing are created. */
export function updateApps(
  world: World,
  inputs: readonly { id: string; input: AppInput }[],
  options: { force: boolean; partial: boolean; announce?: Announce },
): Deployment {
  const version = nextVersion(world);
  const changes = new Map<string, Change>();
  for (const { id, input } of inputs) {
    const record = world.apps.get(id);
    changes.set(id, { before: record?.definition, after: updated(world, record, id, input, version, options.partial) });
  }
  const one = inputs.length === 1 ? [...changes.values()][0]?.after : undefined;
  const { force, announce } = options;
  const afterwards = (): void => {
    if (one && announce) announce(one);
  };
  return deploy(world, changes, { force, version, afterwards, ...(inputs.length === 1 ? {} : { groupId: '/' }) });
}

/** DELETE /v2/apps/{id}: gone at once from reads, its tasks die for a while. */
export function deleteApp(world: World, id: string, force: boolean): Deployment {
  const before = recordOf(world, id).definition;
  return deploy(world, new Map([[id, { before, after: undefined }]]), { force, version: nextVersion(world) });
}

/** POST /v2/apps/{id}/restart. */
export function restartApp(world: World, id: string, force: boolean): Deployment {
  const before = recordOf(world, id).definition;
  const version = nextVersion(world);
  const after = { ...before, version, versionInfo: { lastScalingAt: version, lastConfigChangeAt: version } };
  return deploy(world, new Map([[id, { before, after }]]), { force, version });
}

/** Kills tasks at once; Marathon starts others in their place. */
export function killTasks(world: World, tasks: readonly Task[]): void {
  for (const task of tasks) kill(world, task.instance);
}

/** Kills tasks and lowers `instances` of their apps by as many, in one deployment. */
export function killAndScale(world: World, tasks: readonly Task[], force: boolean): Deployment {
  const version = nextVersion(world);
  const victims = tasks.filter((task) => isActive(task) && task.instance.goal === 'Running' && !world.dying.has(task.instance));
  const changes = new Map<string, Change>();
  for (const { instance } of victims) {
    const before = recordOf(world, instance.appId).definition;
    const now = changes.get(instance.appId)?.after ?? before;
    const versionInfo = { ...before.versionInfo, lastScalingAt: version };
    changes.set(instance.appId, { before, after: { ...now, instances: Math.max(0, now.instances - 1), version, versionInfo } });
  }
  return deploy(world, changes, { force, version, groupId: '/', victims: new Set(victims.map((task) => task.id)) });
}

/** The tasks with these ids; unknown ids are passed over. */
export function findTasks(world: World, ids: readonly string[], appIds: Iterable<string> = world.apps.keys()): Task[] {
  const wanted = new Set(ids);
  const found: Task[] = [];
  for (const appId of appIds) {
    for (const { task } of instancesOf(world, appId)) if (task && wanted.has(task.id)) found.push(task);
  }
  return found;
}

/** The app, or 404. */
export function recordOf(world: World, id: string): AppRecord {
  const record = world.apps.get(id);
  if (!record) throw notFound('App', id);
  return record;
}

/** `/shop/web` of `shop/web`, `//shop/web`, `/shop/web/`. */
export function absolute(id: string): string {
  return `/${id.split('/').filter(Boolean).join('/')}`;
}

function updated(
  world: World,
  record: AppRecord | undefined,
  id: string,
  input: AppInput,
  version: string,
  partial: boolean,
): AppDefinition {
  const before = record?.definition;
  const wantedVersion = input.version;
  if (record && before && wantedVersion !== undefined && Object.keys(input).length === 1) {
    const old = record.versions.find((entry) => entry.version === wantedVersion);
    if (!old) throw new ApiError(404, `App '${id}' with version '${wantedVersion}' does not exist`);
    return settle(before, { ...old, version });
  }
  const after = assignServicePorts(complete(input, id, version, partial ? before : undefined), before, world.servicePorts);
  return before ? settle(before, after) : after;
}

/** Keeps the version where nothing changed; only `instances` changed is a scale, all else a change of the configuration. */
function settle(before: AppDefinition, after: AppDefinition): AppDefinition {
  const { version, versionInfo } = before;
  const sameConfig = isDeepStrictEqual({ ...after, version, versionInfo, instances: before.instances }, before);
  if (sameConfig && after.instances === before.instances) return before;
  const lastConfigChangeAt = sameConfig ? versionInfo.lastConfigChangeAt : after.version;
  return { ...after, versionInfo: { lastScalingAt: after.version, lastConfigChangeAt } };
}
