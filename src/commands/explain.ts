/** `marathon-lb explain app /shop` and `marathon-lb explain url https://shop.example.com/x`: reads Marathon once and says why. */
import { type Command, InvalidArgumentError, Option } from 'commander';
import { addOptions } from '../config/options/command.ts';
import { loadSettings } from '../config/load-settings.ts';
import { withClientCas } from '../config/certificates/client-cas.ts';
import { withErrorPages } from '../config/error-pages.ts';
import { withPolicy } from '../config/policy.ts';
import type { Settings } from '../config/settings.ts';
import { UsageError } from '../config/usage-error.ts';
import type { Machine } from '../config/machine.ts';
import { createClaimsStore } from '../engine/state/claims-store.ts';
import { decide, type Render } from '../engine/pass/decide.ts';
import { createLastGoodStore } from '../engine/state/last-good.ts';
import { warningNotes } from '../engine/alerts/haproxy-warnings.ts';
import { quarantine } from '../engine/quarantine/quarantine.ts';
import { createRejectionReportFile } from '../engine/state/rejection-report.ts';
import { withRejections } from '../engine/state/served-now.ts';
import type { Decision } from '../explain/decision.ts';
import { explainApp } from '../explain/app/explain-app.ts';
import { explainUrl } from '../explain/url/explain-url.ts';
import { requestOf } from '../explain/url/request.ts';
import { formatApp, formatUrl } from '../explain/format.ts';
import type { Alert } from '../haproxy/check/alerts.ts';
import { createApplier } from '../haproxy/create-applier.ts';
import { HaproxyError } from '../haproxy/error.ts';
import { attach } from './running/attach.ts';
import { silent } from '../log/logger.ts';
import { MarathonError } from '../sources/marathon/error.ts';
import { createMarathonSource } from '../sources/marathon/source.ts';
import { type ConfigDocument, ownerOf } from '../render/document.ts';
import type { Library } from '../render/templates/library.ts';
import { createRenderMemo, render } from '../render/render.ts';
import { templates } from '../render/templates/defaults.ts';
import { readLibrary } from './balance/balance.ts';
import { foreignFiles } from './status.ts';

export interface ExplainQuestion {
  readonly kind: 'app' | 'url';
  readonly subject: string;
  readonly json: boolean;
}

/** Puts the command on the program; `run` gets the question and the raw options of the table. */
export function addExplainCommand(
  program: Command,
  run: (question: ExplainQuestion, raw: Record<string, unknown>) => Promise<void>,
): void {
  const command = program
    .command('explain')
    .description(
      'Says why an app is served as it is, or not at all; or where the requests for a URL go. It takes the options and the credentials of the load balancer that runs on this machine, unless --group is given: then those of the command line are all.',
    )
    .argument('<kind>', 'app or url', parseKind)
    .argument('<id-or-url>', 'such as /shop or https://shop.example.com/cart')
    .addOption(new Option('--json', 'print JSON'));
  addOptions(command).action((kind: 'app' | 'url', subject: string, raw: Record<string, unknown>) =>
    run({ kind, subject, json: raw['json'] === true }, raw),
  );
}

/**
 * Prints the explanation and returns the exit status: 1 if nothing serves it, or if Marathon cannot be read (`err` says so). Throws
 * `UsageError`.
 */
export async function explain(
  { kind, subject, json }: ExplainQuestion,
  raw: Record<string, unknown>,
  machine: Machine,
  { out, err, signal }: { out: (text: string) => void; err: (text: string) => void; signal: AbortSignal },
): Promise<number> {
  const { settings, isRunning } = await settingsFor(raw, machine, signal);
  const request = requestOf(subject);
  if (kind === 'url' && request === undefined)
    throw new UsageError(`'${subject}' is no URL such as https://shop.example.com/cart`);
  try {
    const decided = await decideAsRunning(settings, readLibrary(settings), err, signal);
    const foreign = isRunning ? await foreignFiles(settings) : undefined;
    const decision = foreign === undefined ? decided : { ...decided, notLive: foreign };
    if (kind === 'url' && request !== undefined) {
      const found = explainUrl(decision, request);
      out(json ? `${JSON.stringify(found, undefined, 2)}\n` : formatUrl(found));
      return found.served ? 0 : 1;
    }
    const found = explainApp(decision, subject);
    out(json ? `${JSON.stringify(found, undefined, 2)}\n` : formatApp(found));
    return found.served ? 0 : 1;
  } catch (error) {
    if (!(error instanceof MarathonError)) throw error;
    err(`marathon-lb explain: ${error.message}\n`);
    return 1;
  }
}

async function settingsFor(
  raw: Record<string, unknown>,
  machine: Machine,
  signal: AbortSignal,
): Promise<{ readonly settings: Settings; readonly isRunning: boolean }> {
  const attached = raw['group'] === undefined ? await attach(raw, machine, signal) : undefined;
  const settings = attached?.settings ?? loadSettings(raw, machine, Object.keys(templates));
  return {
    settings: withClientCas(withErrorPages(await withPolicy(settings, machine.readFile))),
    isRunning: attached !== undefined,
  };
}

/** Returns what a pass would decide, with the rejections that the running load balancer knows; writes nothing. */
async function decideAsRunning(
  settings: Settings,
  library: Library,
  err: (text: string) => void,
  signal: AbortSignal,
): Promise<Decision> {
  await using source = createMarathonSource(settings, { log: silent });
  const snapshot = await source.read('all', signal);
  const kept = { folder: settings.run.stateDir, log: silent };
  const lastGood = await createLastGoodStore({ ...kept, model: settings.model }).read();
  const holders = await createClaimsStore(kept).read();
  const memo = createRenderMemo();
  const renderAll: Render = (services) => render(services, settings.render, library, memo);
  const decided = decide(snapshot, { lastGood, holders, rejected: new Map() }, { model: settings.model, render: renderAll });
  const rejectionReport = await createRejectionReportFile(kept).read();
  const stands = withRejections(decided.services, rejectionReport, lastGood);
  const { services } = stands;
  const problems = [...decided.problems, ...stands.problems];
  const document = services === decided.services ? decided.document : renderAll(services).document;
  const { notLive: why } = rejectionReport;
  const notLive =
    why && `the load balancer could not bring its last changes to HAProxy, which runs what was there before: ${why}`;
  const decision = { snapshot, settings: settings.model, services, problems, document, notLive };
  if (settings.haproxy.skipValidation || settings.haproxy.skipConfigCleanup) return decision;
  const applier = createApplier(settings.haproxy, { log: silent, reload: async () => ({ attempts: 0 }), now: () => new Date() });
  try {
    let warnings: readonly Alert[] = [];
    const found = await quarantine({
      services,
      render: (services) => renderAll(services).document,
      check: async (doc) =>
        (await applier.check(doc, signal, (all) => (warnings = all))).filter((alert) => isAppsMatter(alert, doc)),
      lastGood,
    });
    if (found.kind === 'accepted') {
      const told = new Set(stands.problems.map(({ service }) => service));
      const more = found.problems.filter(({ service }) => !told.has(service));
      const all = [...problems, ...more, ...warningNotes(found.doc, found.services, warnings)];
      return { ...decision, services: found.services, problems: all, document: found.doc };
    }
    const [alert] = found.alerts;
    const reason = alert?.message ?? 'it gives no reason';
    return { ...decision, notLive: `HAProxy rejects the whole configuration, and runs what was there before: ${reason}` };
  } catch (error) {
    if (!(error instanceof HaproxyError)) throw error;
    err(`What HAProxy would refuse is not known: ${error.message}\n`);
  }
  return decision;
}

/** If another program has a port of the load balancer itself, the load balancer may use another one, with other options than this command. */
function isAppsMatter({ bind, line }: Alert, doc: ConfigDocument): boolean {
  return bind === undefined || (line !== undefined && ownerOf(doc, line) !== undefined);
}

function parseKind(value: string): 'app' | 'url' {
  if (value === 'app' || value === 'url') return value;
  throw new InvalidArgumentError('It must be app or url.');
}
