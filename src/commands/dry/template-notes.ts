import type { RenderSettings } from '../../config/settings.ts';
import type { Logger } from '../../log/logger.ts';
import type { Library } from '../../render/templates/library.ts';

/** Logs once what was translated in the operator's own templates and options, and which of them have no effect. */
export function logTemplateNotes(
  { notes }: Pick<Library, 'notes'>,
  { templateWarnings = [] }: Pick<RenderSettings, 'templateWarnings'>,
  log: Logger,
): void {
  for (const warning of templateWarnings) log.warn(warning);
  for (const note of notes) log.info(`${note} (--no-translate leaves templates and labels as they are)`);
}
