import type { RenderSettings } from '../config/settings.ts';
import { entryWarnings } from './frontends/entry.ts';
import { ocspWarnings } from './tls/options.ts';

/** Returns a warning for each option that has no effect, or not everywhere, with these templates and this HAProxy. */
export function optionWarnings(settings: RenderSettings): readonly string[] {
  return [...entryWarnings(settings), ...ocspWarnings(settings)];
}
