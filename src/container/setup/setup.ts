import { access, constants, mkdir } from 'node:fs/promises';
import { hostname } from 'node:os';
import { dirname, join } from 'node:path';
import { makePrivateFolder } from '../../haproxy/process/socket-folder.ts';
import type { Auth, Settings } from '../../config/settings.ts';
import type { Logger } from '../../log/logger.ts';
import { placeCertificates } from '../../certificates/place-certificates.ts';
import { ContainerError } from '../error.ts';
import { type Prepared, withSockets } from './settings.ts';
import { setSysctl } from './sysctl.ts';
import { askVault } from './vault.ts';
import { messageOf, systemCode } from '../../lib/errors.ts';

/**
 * Does what must be done before HAProxy starts: kernel parameters, credentials, folders, certificates; gives the settings with what
 * came of it. Throws a `ContainerError`, or the signal's reason.
 */
export async function place(prepared: Prepared, log: Logger, signal: AbortSignal): Promise<Settings> {
  const { environment, certFolders, givenCerts } = prepared;
  await setSysctl(environment, log);
  const auth = await authOf(prepared, log, signal);
  const settings = await placeConfig(await placeSockets(prepared.settings, log), prepared.isConfigGiven, log);
  const certs = await placeCertificates({
    certificates: environment.certificates,
    given: givenCerts,
    folders: certFolders,
    now: new Date(),
    hostname: hostname(),
    log,
  });
  const sslCerts = certs.split(',').flatMap((path) => path.trim() || []);
  return { ...settings, marathon: { ...settings.marathon, auth }, render: { ...settings.render, sslCerts } };
}

/** The command line goes before the environment. */
export async function authOf({ settings, environment }: Prepared, log: Logger, signal: AbortSignal): Promise<Auth> {
  const { auth } = settings.marathon;
  const { vault, credentials } = environment;
  if (vault === undefined && credentials === undefined) return auth;
  if (auth.kind !== 'none') {
    log.warn(`${vault === undefined ? 'MARATHON_USER' : 'VAULT_TOKEN'} has no effect: other credentials for Marathon are given`);
    return auth;
  }
  const found = vault === undefined ? credentials : await askVault(vault, signal);
  return found === undefined ? auth : { kind: 'basic', ...found };
}

/** A root file system that is read-only has a folder for the state. */
async function placeSockets(settings: Settings, log: Logger): Promise<Settings> {
  const usual = dirname(settings.render.defaults.statsSocket);
  try {
    await makePrivateFolder(usual);
    await access(usual, constants.W_OK);
    return settings;
  } catch (error) {
    if (!isForbidden(error)) throw asContainerError(error);
    const folder = join(settings.run.stateDir, 'run');
    await makePrivateFolder(folder).catch((second: unknown) => {
      throw asContainerError(second);
    });
    log.info(`HAProxy's sockets are in ${folder}: ${usual} cannot be written`);
    return withSockets(settings, folder);
  }
}

/** The same for the configuration, unless other programs may look for it at the place that the operator named. */
async function placeConfig(settings: Settings, isGiven: boolean, log: Logger): Promise<Settings> {
  const { stateDir } = settings.run;
  const usual = dirname(settings.haproxy.config);
  const fault = await writeFault(usual);
  if (fault === undefined) return settings;
  const config = join(stateDir, 'haproxy.cfg');
  if (isGiven || (await writeFault(stateDir)) !== undefined) {
    const option = isGiven ? `--haproxy-config ${config}` : `--haproxy-config, or a folder for all of it with --state-dir`;
    throw new ContainerError(
      `${usual} cannot be written, and HAProxy's configuration belongs there: choose another place, such as ${option}.`,
      { cause: fault },
    );
  }
  log.info(`HAProxy's configuration is ${config}: ${usual} cannot be written`);
  return { ...settings, haproxy: { ...settings.haproxy, config }, render: { ...settings.render, haproxyDir: stateDir } };
}

/** Returns why nothing can be written to a folder; makes the folder if it is missing. */
async function writeFault(folder: string): Promise<unknown> {
  try {
    await mkdir(folder, { recursive: true });
    await access(folder, constants.W_OK);
    return undefined;
  } catch (error) {
    return error;
  }
}

function isForbidden(error: unknown): boolean {
  return ['EROFS', 'EACCES', 'EPERM', 'ENOENT'].includes(systemCode(error) ?? '');
}

function asContainerError(error: unknown): ContainerError {
  const why = messageOf(error);
  return new ContainerError(`HAProxy's sockets have no place: ${why}. Name a folder that can be written with --state-dir.`, {
    cause: error,
  });
}
