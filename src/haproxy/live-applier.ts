import type { HaproxySettings } from '../config/settings.ts';
import type { Logger } from '../log/logger.ts';
import { type Applier, createApplier } from './apply.ts';
import { createLock } from './lock.ts';
import type { Reload } from './reload.ts';
import type { ReloadMarker } from './reload-marker.ts';
import { createRuntime } from './runtime.ts';
import { createAsk } from './socket.ts';

/** The applier with all that the settings ask for: the running HAProxy is spoken to unless `--no-runtime-updates`. */
export function createLiveApplier(
  settings: HaproxySettings,
  parts: { readonly log: Logger; readonly reload: Reload; readonly marker?: ReloadMarker },
): Applier {
  const { log, reload, marker } = parts;
  const speaking = createLock();
  const { config, drainTimeout, runtimeUpdates } = settings;
  const runtime = runtimeUpdates ? createRuntime({ log, ask: createAsk(), lock: speaking, config, drainTimeout }) : undefined;
  return createApplier(settings, { log, reload, now: () => new Date(), runtime, speaking, ...(marker && { marker }) });
}
