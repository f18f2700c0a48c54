/** What a running load balancer tells about itself, put together. */
import { hostname } from 'node:os';
import { adminApp } from '../admin/app.ts';
import { createMetrics } from '../admin/metrics.ts';
import { createReloadLimit } from '../admin/reload-limit.ts';
import { serveAdmin } from '../admin/server.ts';
import type { SendSignal } from '../admin/signals.ts';
import type { Settings } from '../config/settings.ts';
import { version } from '../config/version.ts';
import type { Engine } from '../engine/engine.ts';
import { createAdminAddressFile } from '../engine/state/admin-address.ts';
import { createHeartbeat } from '../haproxy/process/heartbeat.ts';
import { findProcesses } from '../haproxy/process/processes.ts';
import { createAsk } from '../haproxy/runtime/socket.ts';
import type { Logger } from '../log/logger.ts';

/** Serves metrics, health and readiness of the engine until the signal, unless that is off. */
export async function admin(
  engine: Engine,
  settings: Settings,
  log: Logger,
  signal: AbortSignal,
  signals: SendSignal = engineSignals(engine),
): Promise<void> {
  const { adminListen } = settings.run;
  if (adminListen === undefined) return;
  const { journal } = engine;
  let running = journal.latest?.after;
  journal.subscribe(({ after }) => (running = after ?? running));
  const heartbeat = createHeartbeat({
    document: () => running,
    ask: createAsk(HEARTBEAT_PATIENCE),
    processes: () => findProcesses(settings.haproxy.config),
    log: log.child('marathon_lb.haproxy'),
  });
  const status = engine.watchStatus(() => heartbeat.state());
  const metrics = createMetrics({ journal, status, version: version() });
  const files = [settings.haproxy.config, ...settings.render.sslCerts];
  const reloadWait = createReloadLimit({ files, clock: () => performance.now() });
  const names = [hostname(), ...settings.run.adminHosts];
  const app = adminApp({ metrics, status, version: version(), signals, names, reloadWait });
  await using address = createAdminAddressFile(settings.run.stateDir, log);
  address.keep(adminListen);
  const gid = settings.render.defaults.runAs?.gid;
  const served = serveAdmin(app, { listen: adminListen, gid, log: log.child('marathon_lb.admin'), signal });
  await Promise.all([served, heartbeat.run(signal)]);
}

/** Milliseconds: a HAProxy that needs longer for an answer does not serve clients well either. */
const HEARTBEAT_PATIENCE = 3000;

/** What the signals do to the process. */
function engineSignals(engine: Pick<Engine, 'readAgain' | 'reload'>): SendSignal {
  return (name) => {
    if (name === 'SIGHUP') engine.readAgain('SIGHUP from /_mlb_signal/hup');
    else engine.reload('SIGUSR1 from /_mlb_signal/usr1');
    return undefined;
  };
}
