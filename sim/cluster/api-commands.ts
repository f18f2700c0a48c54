/** What clients may ask for, as changes of definitions. Errors are `ApiError`s. */
import { isDeepStrictEqual } from 'node:util';
import { ApiError, invalid, notFound } from '../api-error.ts';
import type { AppDefinition } from '../definition/app-definition.ts';
import type { AppInput } from '../definition/app-input.ts';
import { complete } from '../definition/defaults.ts';
import { deploy } from './deployments/run-deployment.ts';
import type { Change, Deployment } from './deployments/deployment.ts';
import { isActive, type Task } from './instances/instance.ts';
import { kill } from './instances/lifecycle.ts';
import { assignServicePorts } from '../definition/service-ports.ts';
import { instancesOf, nextVersion, type AppRecord, type Cluster } from './cluster.ts';

/** Called with the definition as it will be told (`api_post_event`). */
export type Announce = (app: AppDefinition) => void;

/** POST /v2/apps. `app` is the object before service ports are assigned: zeros stay zeros. */
export function createApp(
  cluster: Cluster,
  input: AppInput,
  force: boolean,
  announce: Announce,
): { app: AppDefinition; deployment: Deployment } {
  if (!input.id) throw invalid('/id', 'undefined');
  const id = absolute(input.id);
  if (cluster.apps.has(id)) throw new ApiError(409, `An app with id [${id}] already exists.`);
  const version = nextVersion(cluster);
  const app = complete(input, id, version, undefined);
  const stored = assignServicePorts(app, undefined, cluster.servicePorts);
  const changes = new Map<string, Change>([[id, { before: undefined, after: stored }]]);
  return { app, deployment: deploy(cluster, changes, { force, version, afterwards: () => announce(app) }) };
}

/** PUT and PATCH of apps, each with the id to be changed; those that are missing are created. */
export function updateApps(
  cluster: Cluster,
  inputs: readonly { id: string; input: AppInput }[],
  options: { force: boolean; partial: boolean; announce?: Announce },
): Deployment {
  const version = nextVersion(cluster);
  const changes = new Map<string, Change>();
  for (const { id, input } of inputs) {
    const record = cluster.apps.get(id);
    changes.set(id, { before: record?.definition, after: updated(cluster, record, id, input, version, options.partial) });
  }
  const one = inputs.length === 1 ? [...changes.values()][0]?.after : undefined;
  const { force, announce } = options;
  const afterwards = (): void => {
    if (one && announce) announce(one);
  };
  return deploy(cluster, changes, { force, version, afterwards, ...(inputs.length === 1 ? {} : { groupId: '/' }) });
}

/** DELETE /v2/apps/{id}: gone at once from reads, its tasks die for a while. */
export function deleteApp(cluster: Cluster, id: string, force: boolean): Deployment {
  const before = recordOf(cluster, id).definition;
  return deploy(cluster, new Map([[id, { before, after: undefined }]]), { force, version: nextVersion(cluster) });
}

/** POST /v2/apps/{id}/restart. */
export function restartApp(cluster: Cluster, id: string, force: boolean): Deployment {
  const before = recordOf(cluster, id).definition;
  const version = nextVersion(cluster);
  const after = { ...before, version, versionInfo: { lastScalingAt: version, lastConfigChangeAt: version } };
  return deploy(cluster, new Map([[id, { before, after }]]), { force, version });
}

/** Kills tasks at once; Marathon starts others in their place. */
export function killTasks(cluster: Cluster, tasks: readonly Task[]): void {
  for (const task of tasks) kill(cluster, task.instance);
}

/** Kills tasks and lowers `instances` of their apps by as many, in one deployment. */
export function killAndScale(cluster: Cluster, tasks: readonly Task[], force: boolean): Deployment {
  const version = nextVersion(cluster);
  const killed = tasks.filter((task) => isActive(task) && task.instance.goal === 'Running' && !cluster.dying.has(task.instance));
  const changes = new Map<string, Change>();
  for (const { instance } of killed) {
    const before = recordOf(cluster, instance.appId).definition;
    const now = changes.get(instance.appId)?.after ?? before;
    const versionInfo = { ...before.versionInfo, lastScalingAt: version };
    changes.set(instance.appId, { before, after: { ...now, instances: Math.max(0, now.instances - 1), version, versionInfo } });
  }
  return deploy(cluster, changes, { force, version, groupId: '/', firstToKill: new Set(killed.map((task) => task.id)) });
}

/** The tasks with these ids; unknown ids are passed over. */
export function findTasks(cluster: Cluster, ids: readonly string[], appIds: Iterable<string> = cluster.apps.keys()): Task[] {
  const wanted = new Set(ids);
  const found: Task[] = [];
  for (const appId of appIds) {
    for (const { task } of instancesOf(cluster, appId)) if (task && wanted.has(task.id)) found.push(task);
  }
  return found;
}

/** The app, or 404. */
export function recordOf(cluster: Cluster, id: string): AppRecord {
  const record = cluster.apps.get(id);
  if (!record) throw notFound('App', id);
  return record;
}

/** `/shop/web` of `shop/web`, `//shop/web`, `/shop/web/`. */
export function absolute(id: string): string {
  return `/${id.split('/').filter(Boolean).join('/')}`;
}

function updated(
  cluster: Cluster,
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
  const after = assignServicePorts(complete(input, id, version, partial ? before : undefined), before, cluster.servicePorts);
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
