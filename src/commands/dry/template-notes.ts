import type { Logger } from '../../log/logger.ts';
import type { Library } from '../../render/templates/library.ts';

/** Logs once what was translated in the operator's own templates and options. */
export function logTemplateNotes({ notes }: Pick<Library, 'notes'>, log: Logger): void {
  for (const note of notes) log.info(`${note} (--no-translate leaves templates and labels as they are)`);
}
