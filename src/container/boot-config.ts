import type { HaproxySettings, RenderSettings } from '../config/settings.ts';
import { archive, archiveFolder } from '../haproxy/archive.ts';
import { changedFiles, readCurrent } from '../haproxy/files.ts';
import { stage } from '../haproxy/staged.ts';
import { validate } from '../haproxy/validate.ts';
import type { Logger } from '../log/logger.ts';
import type { Library } from '../render/library.ts';
import { render } from '../render/render.ts';

export interface BootRequest {
  readonly haproxy: Pick<HaproxySettings, 'config' | 'binary' | 'archiveVersions'>;
  readonly render: RenderSettings;
  readonly library: Library;
  readonly log: Logger;
  readonly signal: AbortSignal;
}

/**
 * Sees to a configuration that HAProxy can start with, before Marathon was asked: what is on disk, if it is a load balancer's and HAProxy
 * takes it, else one without services, which answers the health check. Throws HaproxyError.
 */
export async function bootConfig({ haproxy, render: settings, library, log, signal }: BootRequest): Promise<'kept' | 'new'> {
  const { config, binary } = haproxy;
  const onDisk = await readCurrent(config);
  const document = render([], settings, library).document;
  const head = library.fill('HEAD', {});
  if (onDisk.config !== undefined && (onDisk.config.startsWith(head) || onDisk.config.includes(HEALTH_CHECK))) {
    const result = await validate({ binary, config, signal });
    if (result.kind === 'valid') {
      log.info(`HAProxy starts with the configuration of last time, ${config}`);
      return 'kept';
    }
    const why = result.alerts.map(({ message }) => message).join('; ');
    log.warn(`HAProxy refuses the configuration of last time, ${config}, and starts with one that has no services yet: ${why}`);
  }
  const changed = changedFiles(document, config, onDisk);
  if (onDisk.config !== undefined) {
    const request = { folder: archiveFolder(config), versions: haproxy.archiveVersions, now: new Date() };
    await archive(config, request).catch((error: unknown) => log.warn(`${config} could not be archived: ${String(error)}`));
  }
  await using staged = await stage(changed);
  await staged.commit();
  log.info(`HAProxy starts without services; they come with the first answer of Marathon`);
  return 'new';
}

/** Stands in the heads of this program and of 1.15; a configuration that came with HAProxy's package does not have it. */
const HEALTH_CHECK = '/_haproxy_health_check';
