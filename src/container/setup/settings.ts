/** From command line and environment to what `marathon-lb run` does; nothing is started or written yet. */
import { basename, dirname, join, resolve } from 'node:path';
import { adminAddress, type AdminListen } from '../../config/places/admin-listen.ts';
import { loadSettings } from '../../config/load-settings.ts';
import type { Settings } from '../../config/settings.ts';
import { type Env, readRow } from '../../config/options/read.ts';
import type { Machine } from '../../config/machine.ts';
import { haproxyEnvironment } from '../../lib/process/child-environment.ts';
import { templates } from '../../render/templates/defaults.ts';
import { type Environment, readEnvironment } from './environment.ts';
import { type Mode, readMode } from './mode.ts';
import { RUN_LOG_LEVEL, runOptions } from './variables.ts';

/** The words behind `run`, and the options as the command line library found them. */
export interface RunRequest {
  readonly mode: string | undefined;
  readonly callback: string | undefined;
  readonly raw: Readonly<Record<string, unknown>>;
}

export interface Prepared {
  readonly settings: Settings;
  readonly environment: Environment;
  readonly mode: Mode;
  /** Seconds. */
  readonly grace: number;
  /** `--haproxy-config` was given. */
  readonly isConfigGiven: boolean;
  /** `--ssl-certs` as it was given. */
  readonly givenCerts: string | undefined;
  /** Folders for certificates: the first one that can be written is used. */
  readonly certFolders: readonly string[];
  /** The environment of HAProxy with the current settings: none of our secrets. */
  readonly haproxyEnv: (settings: Settings) => Env;
}

/** Throws `ContainerError` for the environment, `UsageError` for the command line. */
export function prepare({ mode: word, callback, raw }: RunRequest, machine: Machine): Prepared {
  const text = (name: string): string | undefined => (typeof raw[name] === 'string' ? raw[name] : undefined);
  const environment = readEnvironment(machine.env, { storesInVault: text('certStore')?.trim().startsWith('vault:') === true });
  const mode = readMode(word, callback, text('listening'));
  const { sandbox, syslogSocket } = environment;
  const inSandbox = sandbox === undefined || text('templates') !== undefined ? undefined : join(sandbox, 'templates');
  const loaded = loadSettings(
    { syslogSocket, logLevel: RUN_LOG_LEVEL, ...raw, ...modeOptions(mode) },
    machine,
    Object.keys(templates),
    inSandbox,
  );
  const settings = inContainer(loaded, environment, mode);
  const option = (at: 0 | 1): unknown => readRow(runOptions[at], raw, machine.env);
  const certDir = option(1);
  const folder = typeof certDir === 'string' ? resolve(machine.cwd, certDir) : undefined;
  return {
    settings,
    environment,
    mode,
    grace: Number(option(0)),
    isConfigGiven: text('haproxyConfig') !== undefined,
    givenCerts: text('sslCerts'),
    certFolders: folder === undefined ? ['/etc/ssl', join(settings.run.stateDir, 'ssl')] : [folder],
    haproxyEnv: (inForce) => forHaproxy(machine.env, inForce),
  };
}

function modeOptions(mode: Mode): Record<string, unknown> {
  if (mode.kind === 'sse') return { sse: true };
  return mode.kind === 'poll' ? {} : { listening: mode.listen, callbackUrl: mode.callbackUrl };
}

function inContainer(settings: Settings, environment: Environment, mode: Mode): Settings {
  const { render, run } = settings;
  const logTarget = environment.logToStdout ? 'stdout format raw' : undefined;
  // Nothing else is heard of Marathon in between.
  const resyncInterval = mode.kind === 'poll' ? Math.max(run.resyncInterval, environment.pollInterval) : run.resyncInterval;
  return withSockets(
    {
      ...settings,
      render: { ...render, defaults: { ...render.defaults, logTarget } },
      run: { ...run, resyncInterval },
    },
    dirname(render.defaults.statsSocket),
  );
}

/** The settings with HAProxy's sockets in this folder, and that of the program's own endpoints if it is beside them. */
export function withSockets(settings: Settings, folder: string): Settings {
  const { render, haproxy, run } = settings;
  const moved = (listen: AdminListen | undefined): AdminListen | undefined =>
    listen?.kind === 'unix' && listen.folder === 'private' ? { ...listen, path: join(folder, basename(listen.path)) } : listen;
  const adminListen = moved(run.adminListen);
  const statsSocket = join(folder, render.defaults.statsSocket.slice(dirname(render.defaults.statsSocket).length + 1));
  return {
    ...settings,
    render: { ...render, defaults: { ...render.defaults, statsSocket, adminAddress: adminListen && adminAddress(adminListen) } },
    run: { ...run, adminListen, adminSpare: moved(run.adminSpare) },
    haproxy: { ...haproxy, command: undefined, masterSocket: statsSocket.replace(/\.sock$/, '.master.sock') },
  };
}

function forHaproxy(env: Env, { run }: Settings): Env {
  const admin = run.adminListen === undefined ? {} : { MARATHON_LB_ADMIN: adminAddress(run.adminListen) };
  return { ...haproxyEnvironment(env), ...admin };
}
