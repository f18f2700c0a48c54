import type { HaproxySettings, RenderSettings } from '../../config/settings.ts';
import { sectionsOf } from '../../haproxy-config/sections.ts';
import { archive, archiveFolder } from '../../haproxy/files/archive.ts';
import { changedFiles, readCurrent, type WantedFile } from '../../haproxy/files/config-files.ts';
import { makeHeadFolders } from '../../haproxy/process/socket-folder.ts';
import { findProcesses } from '../../haproxy/process/processes.ts';
import { createdFor, stage } from '../../haproxy/files/stage.ts';
import { countListed } from '../../haproxy/check/check-config.ts';
import { runCheck } from '../../haproxy/check/run-check.ts';
import { createRendering } from '../../engine/pass/rendering.ts';
import type { Logger } from '../../log/logger.ts';
import type { CertificateTable } from '../../model/certificates/certificate.ts';
import { type ConfigDocument, print } from '../../render/document.ts';
import type { Library } from '../../render/templates/library.ts';
import { withoutUnbindable } from './unbindable-frontends.ts';

export interface BootRequest {
  readonly haproxy: Pick<HaproxySettings, 'config' | 'binary' | 'archiveVersions' | 'gid'>;
  readonly render: RenderSettings;
  readonly library: Library;
  /** Returns what HAProxy is to serve; left out: what `--ssl-certs` names. */
  readonly certificates?: (() => CertificateTable) | undefined;
  readonly log: Logger;
  readonly signal: AbortSignal;
}

/**
 * Prepares a configuration that HAProxy can start with, before Marathon was asked: what is on disk, if it is a load balancer's and HAProxy
 * takes it, else one without services, which answers the health check. Throws HaproxyError.
 */
export async function bootConfig(request: BootRequest): Promise<'kept' | 'new'> {
  const { haproxy, library, log, signal } = request;
  const { config, binary } = haproxy;
  const onDisk = await readCurrent(config);
  const document = minimal(request);
  const head = library.fill('HEAD', {});
  await makeHeadFolders(head, log);
  if (onDisk.config !== undefined && (onDisk.config.startsWith(head) || onDisk.config.includes(HEALTH_CHECK))) {
    const result = await runCheck({ binary, config, certificates: countListed(onDisk), signal });
    if (result.kind === 'valid') {
      log.info(`HAProxy starts with the configuration of last time, ${config}`);
      await leaveOutUnbindable(onDisk.config, print(document), request);
      return 'kept';
    }
    const why = result.alerts.map(({ message }) => message).join('; ');
    log.warn(`HAProxy rejects the configuration of last time, ${config}, and starts with one that has no services yet: ${why}`);
  }
  await writeMinimal(request);
  log.info(`HAProxy starts without services; they come with the first answer of Marathon`);
  return 'new';
}

/** Replaces a configuration with which HAProxy does not start by the one without services; archives the old one and logs why. */
export async function bootMinimal(request: BootRequest, why: string): Promise<void> {
  const { log } = request;
  log.error(why);
  await writeMinimal(request);
  log.warn(
    'HAProxy starts without services now, so that its endpoints answer; the services come with the next answer of Marathon, if HAProxy takes them then',
  );
}

function minimal({ render: settings, library, certificates }: BootRequest): ConfigDocument {
  return createRendering(settings, library, certificates).render([]).document;
}

async function writeMinimal(request: BootRequest): Promise<void> {
  const { config, gid } = request.haproxy;
  const onDisk = await readCurrent(config);
  const changed = changedFiles(minimal(request), config, onDisk);
  if (onDisk.config !== undefined && changed.length > 0) await keepOld(request);
  await replace(changed, gid);
}

/** Marathon's first answer brings them back when their ports are free. */
async function leaveOutUnbindable(text: string, withoutServices: string, request: BootRequest): Promise<void> {
  const { config, gid } = request.haproxy;
  const names = new Set(sectionsOf(withoutServices).flatMap(({ kind, name }) => (kind === 'frontend' ? name : [])));
  const processes = await findProcesses(config);
  const found = await withoutUnbindable({ text, needed: (name) => names.has(name), processes });
  if (found.left.length === 0) return;
  for (const each of found.left) request.log.error(`HAProxy starts without a frontend that it cannot bind: ${each}`);
  await keepOld(request);
  await replace([{ path: config, text: found.text }], gid);
}

async function keepOld({ haproxy: { config, archiveVersions: versions }, log }: BootRequest): Promise<void> {
  await archive(config, { folder: archiveFolder(config), versions, now: new Date() }).catch((error: unknown) =>
    log.warn(`${config} could not be archived: ${String(error)}`),
  );
}

async function replace(files: readonly WantedFile[], gid: number | undefined): Promise<void> {
  await using staged = await stage(files, createdFor(gid));
  await staged.commit();
}

/** Stands in the heads of this program and of 1.15; a configuration that came with HAProxy's package does not have it. */
const HEALTH_CHECK = '/_haproxy_health_check';
