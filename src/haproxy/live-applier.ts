import type { HaproxySettings } from '../config/settings.ts';
import { type Logger, silent } from '../log/logger.ts';
import type { Applier } from './applier.ts';
import { createApplier } from './create-applier.ts';
import { createLock } from '../lib/mutex.ts';
import type { Reload } from './reload/reload.ts';
import type { ReloadMarker } from './reload/reload-marker.ts';
import { createRuntime, type Runtime } from './runtime/runtime.ts';
import { createAsk } from './runtime/socket.ts';

/** The applier with all that the settings ask for: the running HAProxy is spoken to unless `--no-runtime-updates`. */
export function createLiveApplier(
  settings: HaproxySettings,
  parts: { readonly log: Logger; readonly reload: Reload; readonly marker?: ReloadMarker },
): Applier {
  const { log, reload, marker } = parts;
  const speaking = createLock();
  const { config, drainTimeout, runtimeUpdates } = settings;
  const shared = { ask: createAsk(), lock: speaking, config, drainTimeout };
  const runtime = runtimeUpdates ? createRuntime({ ...shared, log }) : undefined;
  const speaker = runtime ?? createRuntime({ ...shared, log: silent });
  const around: Runtime['around'] = (doc, change, signal) => speaker.around(doc, change, signal);
  return createApplier(settings, { log, reload, now: () => new Date(), runtime, around, speaking, ...(marker && { marker }) });
}
