import { Hono } from 'hono';
import { z } from 'zod';
import { faultSchema, streamFaultSchema } from '../faults.ts';
import type { SimControls } from '../../controls.ts';
import { json } from './reply.ts';

const eventSchema = z.looseObject({ eventType: z.string() });

/** `/_sim/…`: the controls of a simulator for those who are not in its process (curl, the demo). */
export function adminRoutes(controls: SimControls): Hono {
  const routes = new Hono().basePath('/_sim');
  routes.get('/tasks', () =>
    json(
      `${JSON.stringify({ tasks: controls.tasks().map(({ server, health: _h, instance, ...task }) => ({ ...task, appId: instance.appId, requests: server?.requests })) })}\n`,
    ),
  );
  routes.get('/events', () => json(`${JSON.stringify(controls.events)}\n`));
  routes.post('/events', async (c) => {
    controls.publish(eventSchema.parse(await c.req.json()));
    return done();
  });
  routes.post('/faults', async (c) => {
    controls.setFault(faultSchema.parse(await c.req.json()));
    return done();
  });
  routes.delete('/faults', () => {
    controls.clearFaults();
    return done();
  });
  routes.post('/stream', async (c) => {
    controls.setStreamFault(streamFaultSchema.parse(await c.req.json()));
    return done();
  });
  routes.post('/stream/close', () => {
    controls.closeStreams();
    return done();
  });
  routes.post('/leader/lose', (c) => {
    const ms = c.req.query('ms');
    const host = c.req.query('host');
    controls.loseLeader({ ...(ms === undefined ? {} : { ms: Number(ms) }), ...(host === undefined ? {} : { host }) });
    return done();
  });
  routes.post('/offers', (c) => {
    controls.setOffers(c.req.query('on') !== 'false');
    return done();
  });
  routes.post('/tasks/:id/crash', (c) => {
    controls.crash(c.req.param('id'), Number(c.req.query('code') ?? 1));
    return done();
  });
  routes.post('/tasks/:id/health', (c) => {
    controls.setHealth(c.req.param('id'), c.req.query('ok') !== 'false');
    return done();
  });
  routes.post('/tasks/:id/unreachable', (c) => {
    controls.setUnreachable(c.req.param('id'), c.req.query('on') !== 'false');
    return done();
  });
  routes.onError((error) => json(`${JSON.stringify({ message: error.message })}\n`, 400));
  return routes;
}

function done(): Response {
  return json('{"done":true}\n');
}
