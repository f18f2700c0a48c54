/** The program's own endpoints, as a value: `app.request('/_mlb/ready')` in tests, served by `server.ts`. */
import { Hono } from 'hono';
import type { Metrics } from './metrics.ts';
import { ownRequests } from './own-requests.ts';
import type { StatusSource } from '../engine/status/status.ts';
import { addSignals, type SendSignal, type SignalName } from './signals.ts';

export interface AdminParts {
  readonly metrics: Pick<Metrics, 'scrape' | 'contentType'>;
  readonly status: Pick<StatusSource, 'readiness' | 'status' | 'certificates'>;
  readonly version: string;
  readonly signals?: SendSignal;
  /** Host names of this load balancer. */
  readonly names?: readonly string[];
  /** Milliseconds until a signal may be asked for again; undefined: now. */
  readonly waitFor?: (name: SignalName) => number | undefined;
}

/** The answer for `zdd`: whether each of the two apps of a deployment group is served by its own definition. */
const ABILITIES = { carriesBothDefinitions: true };

export function adminApp({ metrics, status, version, signals, names = [], waitFor = () => undefined }: AdminParts): Hono {
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
    const { ready, reasons, problems, foreign } = state;
    const lines = [
      ready ? 'ready' : 'not ready',
      ...reasons.map(({ code, detail }) => `${code}: ${detail}`),
      ...(problems === 0 ? [] : [`problems: ${problems} (marathon-lb status)`]),
      ...(foreign === undefined ? [] : [foreign]),
    ];
    return context.text(`${lines.join('\n')}\n`, code);
  });
  app.get('/_mlb/api/status', async (context) => context.json(await status.status()));
  app.get('/_mlb/api/certificates', async (context) => context.json(await status.certificates()));
  if (signals !== undefined) addSignals(app, signals, waitFor);
  app.notFound((context) =>
    context.text('There is /_mlb/metrics, /_mlb/health, /_mlb/ready, /_mlb/api/status and /_mlb/api/certificates.\n', 404),
  );
  return app;
}
