/** `--dry`: stop after deciding. */
import type { RunMode, Settings } from '../../config/settings.ts';
import { logProblem, formatProblem } from '../../engine/journal/log-passes.ts';
import type { Logger } from '../../log/logger.ts';
import { decide, NO_PAST, type Render } from '../../engine/pass/decide.ts';
import type { Source } from '../../sources/source.ts';
import { missingGroups } from '../../model/lint/missing-groups.ts';
import { looseRules } from '../../model/policy/rules/loose-rules.ts';
import { isNote } from '../../model/problem.ts';
import { print } from '../../render/document.ts';
import { optionWarnings } from '../../render/warnings.ts';
import { routingWarnings } from '../../render/frontends/https-routing.ts';
import type { Library } from '../../render/templates/library.ts';
import { logTemplateNotes } from './template-notes.ts';
import { render } from '../../render/render.ts';

export interface PreviewDeps {
  readonly settings: Settings;
  readonly source: Pick<Source, 'read'>;
  readonly library: Library;
  readonly log: Logger;
}

export interface Preview {
  /** For stdout. */
  readonly text: string;
  /** Exit status: 1 if HAProxy was asked and refuses something. */
  readonly status: 0 | 1;
}

/**
 * Returns the configuration that the first pass on a new machine would write: nothing counts that earlier passes learned, so that the
 * answer is the same everywhere. Or, as the options say, returns the notes, writes it into a folder, or reports what HAProxy rejects of
 * it. Problems go to the log.
 */
export async function preview(
  { settings, source, library, log }: PreviewDeps,
  { output, check, notes = false }: Extract<RunMode, { kind: 'dry' }>,
  signal: AbortSignal,
): Promise<Preview> {
  for (const warning of routingWarnings(settings.render, library)) log.warn(warning);
  for (const warning of optionWarnings(settings.render)) log.warn(warning);
  for (const warning of settings.model.policy ? looseRules(settings.model.policy, settings.model) : []) log.warn(warning);
  for (const fault of settings.render.errorPages?.faults ?? [])
    log.error(`${fault}; the other error pages count (--error-pages)`);
  for (const fault of settings.render.clientCas?.faults ?? [])
    log.error(`${fault}; the other authorities of clients count (--client-cas)`);
  if (!notes) logTemplateNotes(library, settings.render, log);
  const renderAll = await rendererOf(settings, library, log, signal);
  const snapshot = await source.read('all', signal);
  const warning = missingGroups(snapshot.workloads, settings.model.groups);
  if (warning !== undefined) log.warn(warning);
  const { services, document, problems } = decide(snapshot, NO_PAST, { model: settings.model, render: renderAll });
  for (const problem of problems) if (!notes || !isNote(problem)) logProblem(formatProblem(problem), problem, log);
  const listed = notes
    ? [...library.notes, ...problems.filter(isNote).map(formatProblem)].map((note) => `${note}\n`).join('')
    : '';
  if (output === undefined && !check) return { text: notes ? listed : print(document), status: 0 };
  // Loaded only then: to start takes a good part of a run.
  const { checkDry } = await import('./check.ts');
  const { writeOutput } = await import('./output.ts');
  const checked = check
    ? await checkDry({ services, settings: settings.haproxy, render: (some) => renderAll(some).document }, signal)
    : { document, report: '', isRefused: false };
  const written = output === undefined ? [] : await writeOutput(checked.document, settings.haproxy.config, output);
  const text = `${listed}${written.map((path) => `${path}\n`).join('')}${checked.report}`;
  return { text, status: checked.isRefused ? 1 : 0 };
}

/** Returns what renders as a pass would: with the certificates of now, if HAProxy is to have a list of them. */
async function rendererOf(settings: Settings, library: Library, log: Logger, signal: AbortSignal): Promise<Render> {
  if (settings.run.certStore === undefined) return (some) => render(some, settings.render, library);
  const [{ openCertificates }, { createRendering }] = await Promise.all([
    import('../../certificates/open-certificates.ts'),
    import('../../engine/pass/rendering.ts'),
  ]);
  const certificates = openCertificates(settings, { log, head: library.fill('HEAD', {}), isReadOnly: true });
  await certificates?.read(signal);
  const orders = settings.acme && (await (await import('../../certificates/acme/orders/view-orders.ts')).viewOrders(settings));
  return createRendering(settings.render, library, certificates && (() => certificates.current), orders).render;
}
