/** From command line and environment to what `marathon-lb run` does; nothing is started or written yet. */
import { basename, dirname, join, resolve } from 'node:path';
import { adminAddress } from '../../config/places/admin-listen.ts';
import { loadSettings } from '../../config/load-settings.ts';
import type { Settings } from '../../config/settings.ts';
import { type Env, readRow } from '../../config/options/read.ts';
import type { World } from '../../config/machine.ts';
import { haproxyEnvironment } from '../../lib/process/child-environment.ts';
import { templates } from '../../render/templates/defaults.ts';
import { type Environment, readEnvironment } from './environment.ts';
import { type Mode, readMode } from './mode.ts';
import { runOptions } from './variables.ts';

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
  /** Where certificates may be written, the first that can be. */
  readonly certFolders: readonly string[];
  /** What HAProxy gets as its environment with the settings that are in force: none of our secrets. */
  readonly haproxyEnv: (settings: Settings) => Env;
}

/** Throws `ContainerError` for the environment, `UsageError` for the command line. */
export function prepare({ mode: word, callback, raw }: RunRequest, world: World): Prepared {
  const environment = readEnvironment(world.env);
  const text = (name: string): string | undefined => (typeof raw[name] === 'string' ? raw[name] : undefined);
  const mode = readMode(word, callback, text('listening'));
  const loaded = loadSettings(
    { ...raw, ...modeOptions(mode), ...defaultsOf(environment, raw, world) },
    world,
    Object.keys(templates),
  );
  const settings = inContainer(loaded, environment, mode);
  const option = (at: 0 | 1): unknown => readRow(runOptions[at], raw, world.env);
  const certDir = option(1);
  const folder = typeof certDir === 'string' ? resolve(world.cwd, certDir) : undefined;
  return {
    settings,
    environment,
    mode,
    grace: Number(option(0)),
    isConfigGiven: text('haproxyConfig') !== undefined,
    givenCerts: text('sslCerts'),
    certFolders: folder === undefined ? ['/etc/ssl', join(settings.run.stateDir, 'ssl')] : [folder],
    haproxyEnv: (inForce) => forHaproxy(world.env, inForce),
  };
}

function modeOptions(mode: Mode): Record<string, unknown> {
  if (mode.kind === 'sse') return { sse: true };
  return mode.kind === 'poll' ? {} : { listening: mode.listen, callbackUrl: mode.callbackUrl };
}

/** What the environment says where the command line does not. */
function defaultsOf({ sandbox, syslogSocket }: Environment, raw: RunRequest['raw'], world: World): Record<string, unknown> {
  const templates = sandbox === undefined ? undefined : join(sandbox, 'templates');
  return {
    ...(raw['syslogSocket'] === undefined ? { syslogSocket } : {}),
    ...(raw['templates'] === undefined && templates !== undefined && world.exists(templates) ? { templates } : {}),
  };
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
  const { adminListen: listen } = run;
  const isBeside = listen?.kind === 'unix' && listen.folder === 'private';
  const adminListen = isBeside ? { ...listen, path: join(folder, basename(listen.path)) } : listen;
  const statsSocket = join(folder, render.defaults.statsSocket.slice(dirname(render.defaults.statsSocket).length + 1));
  return {
    ...settings,
    render: { ...render, defaults: { ...render.defaults, statsSocket, adminAddress: adminListen && adminAddress(adminListen) } },
    run: { ...run, adminListen },
    haproxy: { ...haproxy, command: undefined, masterSocket: statsSocket.replace(/\.sock$/, '.master.sock') },
  };
}

function forHaproxy(env: Env, { run }: Settings): Env {
  const admin = run.adminListen === undefined ? {} : { MARATHON_LB_ADMIN: adminAddress(run.adminListen) };
  return { ...haproxyEnvironment(env), ...admin };
}
