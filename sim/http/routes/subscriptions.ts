import { Hono } from 'hono';
import type { Callbacks } from '../callbacks.ts';
import { invalid } from '../../api-error.ts';
import { timestamp, type Cluster } from '../../cluster/cluster.ts';
import { clientIp, json, type Env } from './reply.ts';
import type { Context } from 'hono';

/** `/v2/eventSubscriptions`: HTTP callbacks, up to 1.4. */
export function subscriptionRoutes(cluster: Cluster, callbacks: Callbacks): Hono<Env> {
  const routes = new Hono<Env>();
  const reply = (c: Context<Env>, callbackUrl: string, eventType: string): Response =>
    json(JSON.stringify({ clientIp: clientIp(c), callbackUrl, eventType, timestamp: timestamp(cluster) }));

  routes.get('/', () => json(JSON.stringify({ callbackUrls: [...callbacks.urls.keys()] })));
  routes.post('/', (c) => {
    const url = urlOf(c);
    callbacks.subscribe(url);
    return reply(c, url, 'subscribe_event');
  });
  routes.delete('/', (c) => {
    const url = urlOf(c);
    callbacks.unsubscribe(url);
    return reply(c, url, 'unsubscribe_event');
  });
  return routes;
}

function urlOf(c: Context<Env>): string {
  const url = c.req.query('callbackUrl');
  if (url === undefined || !URL.canParse(url)) throw invalid('/callbackUrl', 'no URL');
  return url;
}
