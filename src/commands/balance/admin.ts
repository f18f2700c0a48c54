/** Assembles the endpoints of a running load balancer. */
import { hostname } from 'node:os';
import { adminApp } from '../../admin/app.ts';
import { createMetrics } from '../../admin/metrics.ts';
import { createReloadLimit } from '../../admin/reload-limit.ts';
import { addressHolder, serveAdmin } from '../../admin/server.ts';
import type { SendSignal } from '../../admin/signals.ts';
import { adminAddress } from '../../config/places/admin-listen.ts';
import type { Settings } from '../../config/settings.ts';
import { version } from '../../config/version.ts';
import type { Engine } from '../../engine/engine.ts';
import { createRunningFile } from '../../engine/state/running.ts';
import { isBindable } from '../../haproxy/check/bindable.ts';
import { createHeartbeat } from '../../haproxy/process/heartbeat.ts';
import { findProcesses } from '../../haproxy/process/processes.ts';
import { createAsk } from '../../haproxy/runtime/socket.ts';
import { aborted } from '../../lib/async/signals.ts';
import type { Logger } from '../../log/logger.ts';

/**
 * Returns the settings with the program's own endpoints on a socket file if another program has their port: HAProxy and `marathon-lb status`
 * go there then. To be called before anything is rendered.
 */
export async function withFreeAdminAddress(settings: Settings, log: Logger): Promise<Settings> {
  const { run, render } = settings;
  const { adminListen: wanted, adminSpare: spare } = run;
  if (wanted?.kind !== 'tcp' || spare === undefined || (await isBindable({ ...wanted, isOnlyV6: false }))) return settings;
  const [given, taken] = [adminAddress(wanted), adminAddress(spare)];
  log.warn(
    `cannot listen on ${given}: ${await addressHolder(wanted)}; the endpoints are on ${taken} instead, where HAProxy and marathon-lb status find them (--admin-listen: another address, or off)`,
  );
  return {
    ...settings,
    render: { ...render, defaults: { ...render.defaults, adminAddress: taken } },
    run: { ...run, adminListen: spare },
  };
}

/** Serves metrics, health and readiness of the engine until the signal, unless that is off. */
export async function admin(
  engine: Engine,
  settings: Settings,
  log: Logger,
  signal: AbortSignal,
  signals: SendSignal = engineSignals(engine),
): Promise<void> {
  const { adminListen, stateDir } = settings.run;
  await using file = createRunningFile(stateDir, log);
  const { config } = settings.haproxy;
  file.keep({ pid: process.pid, listen: adminListen, config, sslCerts: settings.render.sslCerts });
  if (adminListen === undefined) return aborted(signal);
  const { journal } = engine;
  let running = journal.latest?.after;
  journal.subscribe(({ after }) => (running = after ?? running));
  const heartbeat = createHeartbeat({
    document: () => running,
    ask: createAsk(HEARTBEAT_PATIENCE),
    processes: () => findProcesses(config),
    log: log.child('marathon_lb.haproxy'),
  });
  const status = engine.watchStatus(() => heartbeat.state());
  const metrics = createMetrics({ journal, status, version: version() });
  const files = [config, ...settings.render.sslCerts];
  const waits = {
    SIGUSR1: createReloadLimit({ files, clock }),
    SIGHUP: createReloadLimit({ files: [], clock, interval: READ_INTERVAL }),
  };
  const names = [hostname(), ...settings.run.adminHosts];
  const app = adminApp({ metrics, status, version: version(), signals, names, waitFor: (name) => waits[name]() });
  const gid = settings.render.defaults.runAs?.gid;
  const served = serveAdmin(app, { listen: adminListen, gid, log: log.child('marathon_lb.admin'), signal });
  await Promise.all([served, heartbeat.run(signal)]);
}

/** Milliseconds: a HAProxy that needs longer for an answer does not serve clients well either. */
const HEARTBEAT_PATIENCE = 3000;

const clock = (): number => performance.now();

/** Milliseconds between two reads of Marathon that are asked for over HTTP: each costs Marathon as much as a start. */
const READ_INTERVAL = 1000;

/** The effects of signals on the process. */
function engineSignals(engine: Pick<Engine, 'hangUp' | 'reload'>): SendSignal {
  return (name) => {
    if (name === 'SIGHUP') engine.hangUp('SIGHUP from /_mlb_signal/hup');
    else engine.reload('SIGUSR1 from /_mlb_signal/usr1');
    return undefined;
  };
}
