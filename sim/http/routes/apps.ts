import { Hono } from 'hono';
import { ApiError, notFound } from '../../api-error.ts';
import { parseAppInput, parseJson } from '../../definition/app-input.ts';
import {
  absolute,
  createApp,
  deleteApp,
  findTasks,
  killAndScale,
  killTasks,
  recordOf,
  restartApp,
  updateApps,
} from '../../cluster/api-commands.ts';
import { parseEmbed, type Embed } from '../../dialects/embed.ts';
import { apiPost } from '../../cluster/events.ts';
import { parseLabelSelector } from './label-selector.ts';
import { readApp, tasksOf } from '../../dialects/app-view.ts';
import type { AppRecord, Cluster } from '../../cluster/cluster.ts';
import { writeApp } from '../../dialects/write-app.ts';
import { writeTask } from '../../dialects/write-task.ts';
import { clientIp, deploymentReply, flag, json, type Env } from './reply.ts';

/** `/v2/apps` and everything below it. Ids are put unescaped in paths, so the words after an id are found from the end. */
export function appRoutes(cluster: Cluster): Hono<Env> {
  const routes = new Hono<Env>();

  routes.get('/', (c) => {
    const embed = parseEmbed(c.req.queries('embed') ?? [], ['counts', 'deployments']);
    return json(
      list(
        cluster,
        embed,
        (c.req.query('id') ?? '').toLowerCase(),
        (c.req.query('cmd') ?? '').toLowerCase(),
        c.req.query('label'),
      ),
    );
  });

  routes.post('/', async (c) => {
    const input = parseAppInput(parseJson(await c.req.text()));
    const { app, deployment } = createApp(cluster, input, flag(c, 'force'), (told) => {
      apiPost(cluster, clientIp(c), '/v2/apps', writeApp(cluster, told, { versionInfo: false }));
    });
    const info = { tasksStaged: 0, tasksRunning: 0, tasksHealthy: 0, tasksUnhealthy: 0, deployments: [{ id: deployment.id }] };
    const headers = { location: new URL(app.id, c.req.url).href, 'marathon-deployment-id': deployment.id };
    return json(JSON.stringify(writeApp(cluster, app, { info, versionInfo: false })), 201, headers);
  });

  routes.on(['PUT', 'PATCH'], '/', async (c) => {
    const body = parseJson(await c.req.text());
    if (!Array.isArray(body)) throw new ApiError(400, 'Invalid JSON', { details: 'an array of apps was expected' });
    const inputs = body.map((entry) => parseAppInput(entry)).map((input) => ({ id: absolute(input.id ?? ''), input }));
    const options = { force: flag(c, 'force'), partial: flag(c, 'partialUpdate', true) };
    return deploymentReply(updateApps(cluster, inputs, options));
  });

  routes.get('/*', (c) => {
    const path = absolute(c.req.path.slice(c.req.path.indexOf('/v2/apps') + '/v2/apps'.length));
    const versions = /^(.+)\/versions(?:\/([^/]+))?$/.exec(path);
    if (versions?.[1]) return readVersions(cluster, recordOf(cluster, versions[1]), versions[2]);
    const tasks = /^(.+)\/tasks$/.exec(path)?.[1];
    if (tasks) {
      recordOf(cluster, tasks);
      return json(JSON.stringify({ tasks: tasksOf(cluster, tasks).map((task) => writeTask(cluster, task)) }));
    }
    const embed = parseEmbed(c.req.queries('embed') ?? [], ['counts', 'tasks', 'deployments', 'lastTaskFailure']);
    const below = /^(.*)\/\*$/.exec(path)?.[1];
    if (below !== undefined) {
      const inside = [...cluster.apps.values()].filter(({ definition }) => definition.id.startsWith(`${below}/`));
      return json(`{"*":[${inside.map((record) => readApp(cluster, record, embed)).join()}]}`);
    }
    return json(`{"app":${readApp(cluster, recordOf(cluster, path), embed)}}`);
  });

  routes.post('/*', (c) => {
    const id = /^\/*(.+)\/restart$/.exec(idPart(c.req.path))?.[1];
    if (!id) throw new ApiError(404, `URI not found: ${c.req.path}`);
    return deploymentReply(restartApp(cluster, absolute(id), flag(c, 'force')));
  });

  routes.on(['PUT', 'PATCH'], '/*', async (c) => {
    const id = absolute(idPart(c.req.path));
    const there = cluster.apps.has(id);
    if (!there && c.req.method === 'PATCH') throw notFound('App', id);
    const input = parseAppInput(parseJson(await c.req.text()));
    const deployment = updateApps(cluster, [{ id, input }], {
      force: flag(c, 'force'),
      partial: flag(c, 'partialUpdate', true),
      announce: (told) => apiPost(cluster, clientIp(c), `/v2/apps${id}`, writeApp(cluster, told, { versionInfo: true })),
    });
    return deploymentReply(deployment, there ? 200 : 201);
  });

  routes.delete('/*', (c) => {
    const path = absolute(idPart(c.req.path));
    const killed = /^(.+)\/tasks(?:\/([^/]+))?$/.exec(path);
    if (!killed?.[1]) return deploymentReply(deleteApp(cluster, path, flag(c, 'force', true)));
    const [, appId, taskId] = killed;
    recordOf(cluster, appId);
    const host = c.req.query('host');
    const all = tasksOf(cluster, appId).filter((task) => host === undefined || task.host === host);
    const tasks = taskId === undefined ? all : findTasks(cluster, [taskId], [appId]);
    if (taskId !== undefined && tasks.length === 0) throw notFound('Task', taskId);
    if (flag(c, 'scale')) return deploymentReply(killAndScale(cluster, tasks, flag(c, 'force')));
    const shown = tasks.map((task) => writeTask(cluster, task));
    killTasks(cluster, tasks);
    return json(JSON.stringify(taskId === undefined ? { tasks: shown } : { task: shown[0] }));
  });

  return routes;
}

function list(cluster: Cluster, embed: Embed, id: string, cmd: string, label: string | undefined): string {
  const matches = label === undefined ? () => true : parseLabelSelector(label);
  const parts: string[] = [];
  for (const record of cluster.apps.values()) {
    const { definition } = record;
    if (
      !definition.id.toLowerCase().includes(id) ||
      !(definition.cmd ?? '').toLowerCase().includes(cmd) ||
      !matches(definition.labels)
    )
      continue;
    parts.push(readApp(cluster, record, embed));
  }
  return `{"apps":[${parts.join()}]}`;
}

function readVersions(cluster: Cluster, record: AppRecord, version: string | undefined): Response {
  if (version === undefined)
    return json(JSON.stringify({ versions: record.versions.map((entry) => entry.version).toReversed() }));
  const found = record.versions.find((entry) => entry.version === version);
  if (!found) throw new ApiError(404, `App '${record.definition.id}' with version '${version}' does not exist`);
  return json(JSON.stringify(writeApp(cluster, found, { versionInfo: true })));
}

function idPart(path: string): string {
  return path.slice(path.indexOf('/v2/apps') + '/v2/apps'.length);
}
