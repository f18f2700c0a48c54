import type { IncomingMessage, ServerResponse } from 'node:http';
import type { TaskIdentity, TaskServer } from './task-server.ts';

/**
 * What a task answers: who it is and what it saw, as JSON (`Accept: text/plain`: one line). Paths for tests:
 * `/sim/status?code=503` (all answers, 200 to undo), `/sim/health?ok=false`, `/sim/exit?code=1`, `/sim/requests`,
 * `/sleep?ms=500`, `/redirect?to=/elsewhere`.
 */
export function answerAsTask(
  identity: TaskIdentity,
  server: TaskServer,
  ready: boolean,
  request: IncomingMessage,
  response: ServerResponse,
): void {
  const url = new URL(`http://task${request.url ?? '/'}`);
  request.resume();
  response.setHeader('x-sim-app', identity.app);
  response.setHeader('x-sim-task', identity.task);
  const reply = (status: number, extra: object = {}): void => {
    const seen = { method: request.method, path: request.url, headers: request.headers };
    const plain = request.headers.accept === 'text/plain';
    response.writeHead(status, { 'content-type': plain ? 'text/plain' : 'application/json' });
    const body = { ...identity, port: request.socket.localPort, ...seen, ...extra };
    response.end(plain ? `${identity.app} ${identity.task} ${request.url ?? ''}\n` : `${JSON.stringify(body)}\n`);
  };
  const later = (ms: number, status: number): void => {
    if (ms <= 0) return reply(status);
    const timer = setTimeout(() => reply(status), ms);
    response.once('close', () => clearTimeout(timer));
  };
  const { behaviour } = server;
  switch (url.pathname) {
    case '/sim/status':
      behaviour.status = Number(url.searchParams.get('code') ?? 200);
      return reply(200, { status: behaviour.status });
    case '/sim/health':
      behaviour.health = url.searchParams.get('ok') === 'false' ? 'fail' : 'ok';
      return reply(200, { health: behaviour.health });
    case '/sim/requests':
      return reply(200, { requests: server.requests });
    case '/sim/exit':
      reply(200);
      return server.onExit(Number(url.searchParams.get('code') ?? 1));
    case '/sleep':
      return later(Number(url.searchParams.get('ms') ?? 1000), behaviour.status);
    case '/redirect':
      response.setHeader('location', url.searchParams.get('to') ?? '/');
      return reply(302);
    default:
      if (!ready) return reply(503, { reason: 'starting' });
      if (behaviour.missingPaths.has(url.pathname)) return reply(404);
      if (behaviour.healthPaths.has(url.pathname) && behaviour.status === 200)
        return later(behaviour.delayMs, healthStatus(server));
      return later(behaviour.delayMs, behaviour.status);
  }
}

function healthStatus(server: TaskServer): number {
  const { health } = server.behaviour;
  if (health === 'flap') return Math.floor(performance.now() / 5000) % 2 === 0 ? 200 : 503;
  return health === 'ok' ? 200 : 503;
}
