import { Hono } from 'hono';
import { ApiError } from '../../api-error.ts';
import { instancesOf, type Cluster } from '../../cluster/cluster.ts';
import { writeApp } from '../../dialects/write-app.ts';
import { json, type Env } from './reply.ts';

/** `/ping`, `/v2/leader`, `/v2/info`, `/v2/queue`, `/v2/pods`. `abdicate`: the leader steps down. */
export function clusterRoutes(cluster: Cluster, abdicate: () => void): Hono<Env> {
  const routes = new Hono<Env>();

  routes.get('/ping', (c) => {
    const asJson = c.req.header('accept') === 'application/json';
    return new Response(asJson ? '"pong"' : 'pong', { headers: { 'content-type': asJson ? 'application/json' : 'text/plain' } });
  });

  routes.get('/v2/leader', () => json(JSON.stringify({ leader: cluster.leader.host })));

  routes.delete('/v2/leader', () => {
    abdicate();
    return json(JSON.stringify({ message: 'Leadership abdicated' }));
  });

  routes.get('/v2/info', () => {
    const features = cluster.settings.taskKilling ? ['task_killing'] : [];
    return json(
      JSON.stringify({
        name: 'marathon',
        version: cluster.settings.profile === '1.4' ? '1.4.13' : '1.11.24',
        buildref: 'marathon-lb-simulator',
        elected: true,
        leader: cluster.leader.host,
        frameworkId: '96d7da70-b731-4cfb-96a7-0ee877af615d-0000',
        marathon_config: { framework_name: 'marathon', features },
        zookeeper_config: { zk: 'zk://localhost:2181/marathon' },
        http_config: { http_port: Number(cluster.leader.host.split(':').at(-1)), https_port: 8443 },
      }),
    );
  });

  routes.get('/v2/queue', () => {
    const queue = [...cluster.apps.values()].flatMap(({ definition }) => {
      const count = instancesOf(cluster, definition.id).filter(({ condition }) => condition === 'Scheduled').length;
      if (count === 0) return [];
      const app = writeApp(cluster, definition, { versionInfo: true });
      return [
        { app, count, delay: { timeLeftSeconds: 0, overdue: true }, since: definition.version, processedOffersSummary: {} },
      ];
    });
    return json(JSON.stringify({ queue }));
  });

  routes.get('/v2/pods', () => json('[]'));
  routes.get('/v2/pods/*', (c) => {
    if (c.req.path.endsWith('/v2/pods/::status')) return json('[]');
    throw new ApiError(404, `Pod '${c.req.path.slice(c.req.path.indexOf('/v2/pods') + 8)}' does not exist`);
  });

  return routes;
}
