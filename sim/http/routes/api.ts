import { Hono } from 'hono';
import { compress } from 'hono/compress';
import { ApiError } from '../../api-error.ts';
import type { Callbacks } from '../callbacks.ts';
import { faultMiddleware } from '../fault-middleware.ts';
import type { Faults } from '../faults.ts';
import { loseLeader } from '../leader.ts';
import type { Cluster } from '../../cluster/cluster.ts';
import { appRoutes } from './apps.ts';
import { clusterRoutes } from './cluster.ts';
import { deploymentRoutes } from './deployments.ts';
import { groupRoutes } from './groups.ts';
import { json, type Env } from './reply.ts';
import { subscriptionRoutes } from './subscriptions.ts';
import { taskRoutes } from './tasks.ts';

/** Marathon's REST interface without the event stream, errors in Marathon's words. */
export function marathonApi(cluster: Cluster, faults: Faults, callbacks: Callbacks): Hono<Env> {
  const api = new Hono<Env>();
  api.use(faultMiddleware(cluster, faults));
  api.use(compress({ encoding: 'gzip' }));
  api.route('/v2/apps', appRoutes(cluster));
  api.route('/v2/tasks', taskRoutes(cluster));
  api.route('/v2/deployments', deploymentRoutes(cluster));
  api.route('/v2/groups', groupRoutes(cluster));
  if (cluster.settings.profile === '1.4') api.route('/v2/eventSubscriptions', subscriptionRoutes(cluster, callbacks));
  api.route(
    '/',
    clusterRoutes(cluster, () => loseLeader(cluster)),
  );
  // Unknown routes: 404 up to 1.5, 500 from 1.6 on (sic).
  api.notFound((c) =>
    cluster.settings.profile === '1.4'
      ? json(JSON.stringify({ message: `URI not found: ${c.req.path}` }), 404)
      : json(JSON.stringify({ message: 'URI not found' }), 500),
  );
  api.onError((error) => {
    if (error instanceof ApiError) return json(JSON.stringify(error.body), error.status);
    cluster.failures.push(error);
    return json(JSON.stringify({ message: error.message }), 500);
  });
  return api;
}
