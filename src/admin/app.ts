/** The program's own endpoints, as a value: `app.request('/_mlb/ready')` in tests, served by `server.ts`. */
import { Hono } from 'hono';
import type { Metrics } from './metrics.ts';
import type { Readiness } from './readiness.ts';
import { addSignals, type SendSignal } from './signals.ts';

export interface AdminParts {
  readonly metrics: Pick<Metrics, 'scrape' | 'contentType'>;
  readonly readiness: () => Readiness;
  readonly version: string;
  readonly signals?: SendSignal;
}

export function adminApp({ metrics, readiness, version, signals }: AdminParts): Hono {
  const app = new Hono();
  app.use(async (context, next) => {
    await next();
    context.header('Cache-Control', 'no-store');
    context.header('X-Content-Type-Options', 'nosniff');
  });
  app.get('/_mlb/metrics', async (context) => context.body(await metrics.scrape(), 200, { 'content-type': metrics.contentType }));
  app.get('/_mlb/health', (context) => context.json({ status: 'ok', version, uptime: Math.round(process.uptime()) }));
  app.get('/_mlb/ready', (context) => {
    const state = readiness();
    const status = state.ready ? 200 : 503;
    if (!context.req.header('accept')?.startsWith('text/plain')) return context.json(state, status);
    const lines = state.ready ? ['ready'] : ['not ready', ...state.reasons.map(({ code, detail }) => `${code}: ${detail}`)];
    return context.text(`${lines.join('\n')}\n`, status);
  });
  if (signals !== undefined) addSignals(app, signals);
  app.notFound((context) => context.text('There is /_mlb/metrics, /_mlb/health and /_mlb/ready.\n', 404));
  return app;
}
