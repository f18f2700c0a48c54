/** `--dry`: stop after deciding. */
import type { Settings } from '../config/settings.ts';
import { logProblem, tell } from '../engine/narrate.ts';
import type { Logger } from '../log/logger.ts';
import type { Source } from '../marathon/source.ts';
import { build } from '../model/build.ts';
import { isNote } from '../model/problem.ts';
import { print } from '../render/document.ts';
import { routingWarnings } from '../render/https-routing.ts';
import type { Library } from '../render/library.ts';
import { logTemplateNotes } from './template-notes.ts';
import { render } from '../render/render.ts';

export interface PreviewDeps {
  readonly settings: Settings;
  readonly source: Pick<Source, 'readAll'>;
  readonly library: Library;
  readonly log: Logger;
}

/** Returns the configuration that a pass would write, or with `--notes` the notes; problems go to the log. */
export async function preview({ settings, source, library, log }: PreviewDeps, signal: AbortSignal): Promise<string> {
  for (const warning of routingWarnings(settings.render, library)) log.warn(warning);
  const { services, problems } = build(await source.readAll(signal), settings.model);
  const rendered = render(services, settings.render, library);
  const all = [...problems, ...rendered.problems];
  const { mode } = settings.run;
  const isList = mode.kind === 'dry' && mode.notes === true;
  for (const problem of all) if (!isList || !isNote(problem)) logProblem(tell(problem), problem, log);
  if (isList) return [...library.notes, ...all.filter(isNote).map(tell)].map((note) => `${note}\n`).join('');
  logTemplateNotes(library, log);
  return print(rendered.document);
}
