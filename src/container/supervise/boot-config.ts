import type { HaproxySettings, RenderSettings } from '../../config/settings.ts';
import { sectionsOf } from '../../haproxy-config/sections.ts';
import { archive, archiveFolder } from '../../haproxy/files/archive.ts';
import { changedFiles, readCurrent, type WantedFile } from '../../haproxy/files/config-files.ts';
import { findProcesses } from '../../haproxy/process/processes.ts';
import { createdFor, stage } from '../../lib/atomic-write.ts';
import { runCheck } from '../../haproxy/check/run-check.ts';
import type { Logger } from '../../log/logger.ts';
import { print } from '../../render/document.ts';
import type { Library } from '../../render/templates/library.ts';
import { render } from '../../render/render.ts';
import { withoutUnbindable } from './unbindable-frontends.ts';

export interface BootRequest {
  readonly haproxy: Pick<HaproxySettings, 'config' | 'binary' | 'archiveVersions' | 'gid'>;
  readonly render: RenderSettings;
  readonly library: Library;
  readonly log: Logger;
  readonly signal: AbortSignal;
}

/**
 * Sees to a configuration that HAProxy can start with, before Marathon was asked: what is on disk, if it is a load balancer's and HAProxy
 * takes it, else one without services, which answers the health check. Throws HaproxyError.
 */
export async function bootConfig(request: BootRequest): Promise<'kept' | 'new'> {
  const { haproxy, render: settings, library, log, signal } = request;
  const { config, binary } = haproxy;
  const onDisk = await readCurrent(config);
  const document = render([], settings, library).document;
  const head = library.fill('HEAD', {});
  if (onDisk.config !== undefined && (onDisk.config.startsWith(head) || onDisk.config.includes(HEALTH_CHECK))) {
    const result = await runCheck({ binary, config, signal });
    if (result.kind === 'valid') {
      log.info(`HAProxy starts with the configuration of last time, ${config}`);
      await leaveOutUnbindable(onDisk.config, print(document), request);
      return 'kept';
    }
    const why = result.alerts.map(({ message }) => message).join('; ');
    log.warn(`HAProxy rejects the configuration of last time, ${config}, and starts with one that has no services yet: ${why}`);
  }
  const changed = changedFiles(document, config, onDisk);
  if (onDisk.config !== undefined) await keepOld(request);
  await replace(changed, haproxy.gid);
  log.info(`HAProxy starts without services; they come with the first answer of Marathon`);
  return 'new';
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
