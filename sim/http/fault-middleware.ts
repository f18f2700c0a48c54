import { RESPONSE_ALREADY_SENT } from '@hono/node-server/utils/response';
import type { MiddlewareHandler } from 'hono';
import { takeFault, type Faults } from './faults.ts';
import { html, json, type Env } from './routes/reply.ts';
import type { Cluster } from '../cluster/cluster.ts';

/** Does to a request what the faults say. The admin routes are never hit. */
export function faultMiddleware(cluster: Cluster, faults: Faults): MiddlewareHandler<Env> {
  return async (c, next) => {
    const fault = takeFault(faults, c.req.path);
    if (!fault) return next();
    switch (fault.kind) {
      case 'status': {
        const status = fault.status ?? 503;
        return fault.message === undefined ? html(status, 'Fault') : json(JSON.stringify({ message: fault.message }), status);
      }
      case 'latency':
        await cluster.settings.clock.sleep(fault.ms ?? 1000, cluster.signal);
        return next();
      case 'invalid-json':
        return json('{"apps":[{"id":"/broken",');
      case 'html':
        return html(200, 'This is not JSON');
      case 'empty-apps':
        return json('{"apps":[]}');
      case 'reset':
        c.env.outgoing.socket?.resetAndDestroy();
        return RESPONSE_ALREADY_SENT;
      case 'truncate': {
        await next();
        const body = Buffer.from(await c.res.arrayBuffer());
        const { outgoing } = c.env;
        outgoing.writeHead(200, { 'content-type': 'application/json', 'content-length': body.length });
        outgoing.write(body.subarray(0, Math.floor(body.length / 2)), () => outgoing.destroy());
        c.res = RESPONSE_ALREADY_SENT;
        return undefined;
      }
    }
  };
}
