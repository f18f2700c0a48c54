/** The program's own endpoints, as a value: `app.request('/_mlb/ready')` in tests, served by `server.ts`. */
import { Hono } from 'hono';
import type { Metrics } from './metrics.ts';
import { ownRequests } from './own-requests.ts';
import type { StatusSource } from '../engine/status/status.ts';
import { addSignals, type SendSignal } from './signals.ts';

export interface AdminParts {
  readonly metrics: Pick<Metrics, 'scrape' | 'contentType'>;
  readonly status: Pick<StatusSource, 'readiness' | 'status'>;
  readonly version: string;
  readonly signals?: SendSignal;
  /** Host names of this load balancer. */
  readonly names?: readonly string[];
  /** Milliseconds until a reload may be asked for; undefined: now. */
  readonly reloadWait?: () => number | undefined;
}

/** What `zdd` asks for: each of the two apps of a deployment group is served by its own definition. */
const ABILITIES = { carriesBothDefinitions: true };

export function adminApp({ metrics, status, version, signals, names = [], reloadWait = () => undefined }: AdminParts): Hono {
  const app = new Hono();
  app.use(async (context, next) => {
    await next();
    context.header('Cache-Control', 'no-store');
    context.header('X-Content-Type-Options', 'nosniff');
  });
  app.use(ownRequests(names));
  app.get('/_mlb/metrics', async (context) => context.body(await metrics.scrape(), 200, { 'content-type': metrics.contentType }));
  app.get('/_mlb/health', (context) =>
    context.json({ status: 'ok', version, uptime: Math.round(process.uptime()), ...ABILITIES }),
  );
  app.get('/_mlb/ready', (context) => {
    const state = status.readiness();
    const code = state.ready ? 200 : 503;
    if (!context.req.header('accept')?.startsWith('text/plain')) return context.json(state, code);
    const lines = state.ready ? ['ready'] : ['not ready', ...state.reasons.map(({ code, detail }) => `${code}: ${detail}`)];
    return context.text(`${lines.join('\n')}\n`, code);
  });
  app.get('/_mlb/api/status', async (context) => context.json(await status.status()));
  if (signals !== undefined) addSignals(app, signals, reloadWait);
  app.notFound((context) => context.text('There is /_mlb/metrics, /_mlb/health, /_mlb/ready and /_mlb/api/status.\n', 404));
  return app;
}
