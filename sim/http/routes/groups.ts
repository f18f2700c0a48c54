import { Hono } from 'hono';
import { notFound } from '../../api-error.ts';
import { absolute } from '../../cluster/api-commands.ts';
import { parseEmbed, type Embed } from '../../dialects/embed.ts';
import { readApp } from '../../dialects/app-view.ts';
import { parentOf, type Cluster } from '../../cluster/cluster.ts';
import { json, type Env } from './reply.ts';

/** `/v2/groups`: the tree of apps, to be read only. */
export function groupRoutes(cluster: Cluster): Hono<Env> {
  const routes = new Hono<Env>();
  routes.get('/*', (c) => {
    const path = absolute(c.req.path.slice(c.req.path.indexOf('/v2/groups') + '/v2/groups'.length));
    const embed = parseEmbed(c.req.queries('embed') ?? [], []);
    const appsOf = /^(.*)\/apps$/.exec(path)?.[1];
    const id = appsOf === undefined ? path : absolute(appsOf);
    if (!cluster.groups.has(id)) throw notFound('Group', id);
    return json(appsOf === undefined ? group(cluster, id, embed) : `{"apps":[${below(cluster, id, embed).join()}]}`);
  });
  return routes;
}

function group(cluster: Cluster, id: string, embed: Embed): string {
  const inner = [...cluster.groups]
    .filter((other) => other !== '/' && parentOf(other) === id)
    .map((other) => group(cluster, other, embed));
  const apps = [...cluster.apps.values()]
    .filter((record) => parentOf(record.definition.id) === id)
    .map((record) => readApp(cluster, record, embed));
  const text = JSON.stringify({ id, dependencies: [], version: cluster.rootVersion, pods: [], enforceRole: false });
  return `${text.slice(0, -1)},"apps":[${apps.join()}],"groups":[${inner.join()}]}`;
}

function below(cluster: Cluster, id: string, embed: Embed): string[] {
  const prefix = id === '/' ? '/' : `${id}/`;
  return [...cluster.apps.values()]
    .filter((record) => record.definition.id.startsWith(prefix))
    .map((record) => readApp(cluster, record, embed));
}
