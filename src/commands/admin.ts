/** What a running load balancer tells about itself, put together. */
import { adminApp } from '../admin/app.ts';
import { createMetrics } from '../admin/metrics.ts';
import { createReadiness } from '../admin/readiness.ts';
import { serveAdmin } from '../admin/server.ts';
import type { SendSignal } from '../admin/signals.ts';
import type { Settings } from '../config/settings.ts';
import { version } from '../config/version.ts';
import type { Engine } from '../engine/engine.ts';
import type { Logger } from '../log/logger.ts';

/** Serves metrics, health and readiness of the engine until the signal, unless that is off. */
export async function admin(
  engine: Engine,
  settings: Settings,
  log: Logger,
  signal: AbortSignal,
  signals: SendSignal = engineSignals(engine),
): Promise<void> {
  const { adminListen, resyncInterval } = settings.run;
  if (adminListen === undefined) return;
  const { journal, contact } = engine;
  const readiness = createReadiness(journal, contact, { resyncInterval });
  const isReady = (): boolean => readiness().ready;
  const metrics = createMetrics({ journal, contact, isReady, version: version(), figures: () => engine.figures() });
  const app = adminApp({ metrics, readiness, version: version(), signals });
  const gid = settings.render.defaults.runAs?.gid;
  await serveAdmin(app, { listen: adminListen, gid, log: log.child('marathon_lb.admin'), signal });
}

/** What the signals do to the process. */
function engineSignals(engine: Pick<Engine, 'readAgain' | 'reload'>): SendSignal {
  return (name) => {
    if (name === 'SIGHUP') engine.readAgain('SIGHUP from /_mlb_signal/hup');
    else engine.reload('SIGUSR1 from /_mlb_signal/usr1');
    return undefined;
  };
}
