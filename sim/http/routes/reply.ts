import type { HttpBindings } from '@hono/node-server';
import type { Context } from 'hono';
import type { Deployment } from '../../cluster/deployments/deployment.ts';

/** What the routes know of the request beyond its text. */
export interface Env {
  Bindings: HttpBindings;
}

/** JSON text as Marathon sends it: never to be kept by anyone. */
export function json(text: string, status = 200, headers: Readonly<Record<string, string>> = {}): Response {
  const uncached = { 'cache-control': 'no-cache, no-store, must-revalidate', pragma: 'no-cache', expires: '0' };
  return new Response(text, { status, headers: { 'content-type': 'application/json', ...uncached, ...headers } });
}

/** The reply to a write: version and id of the deployment, the id in a header, too. */
export function deploymentReply({ version, id }: Deployment, status = 200): Response {
  return json(JSON.stringify({ version, deploymentId: id }), status, { 'marathon-deployment-id': id });
}

/** A page as the Jetty inside Marathon writes on errors of its own. */
export function html(status: number, message: string): Response {
  const body = `<html>\n<head><title>Error ${status} ${message}</title></head>\n<body><h2>HTTP ERROR ${status}</h2><p>${message}</p></body>\n</html>\n`;
  return new Response(body, { status, headers: { 'content-type': 'text/html;charset=iso-8859-1' } });
}

/** A query parameter that is true or false. */
export function flag(c: Context<Env>, name: string, fallback = false): boolean {
  const value = c.req.query(name);
  return value === undefined ? fallback : value !== 'false';
}

/** The address of the client, for events. */
export function clientIp(c: Context<Env>): string {
  return c.env.incoming.socket.remoteAddress ?? '';
}
