/** `marathon-lb explain app /shop` and `marathon-lb explain url https://shop.example.com/x`: reads Marathon once and says why. */
import { type Command, InvalidArgumentError, Option } from 'commander';
import { addOptions } from '../config/options/command.ts';
import { loadSettings } from '../config/load-settings.ts';
import type { Settings } from '../config/settings.ts';
import { UsageError } from '../config/usage-error.ts';
import { version } from '../config/version.ts';
import type { World } from '../config/machine.ts';
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
import { tellApp, tellUrl } from '../explain/tell.ts';
import type { Alert } from '../haproxy/check/alerts.ts';
import { createApplier } from '../haproxy/create-applier.ts';
import { HaproxyError } from '../haproxy/error.ts';
import { silent } from '../log/logger.ts';
import { createClient } from '../marathon/http/client.ts';
import { MarathonError } from '../marathon/error.ts';
import { createSource } from '../marathon/apps/source.ts';
import { type ConfigDocument, ownerOf } from '../render/document.ts';
import type { Library } from '../render/templates/library.ts';
import { createRenderMemo, render } from '../render/render.ts';
import { templates } from '../render/templates/defaults.ts';
import { readLibrary } from './balance.ts';

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
      'Says why an app is served as it is, or not at all; or where the requests for a URL go. Give the options of the load balancer.',
    )
    .argument('<kind>', 'app or url', parseKind)
    .argument('<id-or-url>', 'such as /shop or https://shop.example.com/cart')
    .addOption(new Option('--json', 'print JSON'));
  addOptions(command).action((kind: 'app' | 'url', subject: string, raw: Record<string, unknown>) =>
    run({ kind, subject, json: raw['json'] === true }, raw),
  );
}

/**
 * Prints the explanation and gives the exit status: 1 where nothing serves it, or where Marathon cannot be read (said by `err`). Throws
 * `UsageError`.
 */
export async function explain(
  { kind, subject, json }: ExplainQuestion,
  raw: Record<string, unknown>,
  world: World,
  { out, err, signal }: { out: (text: string) => void; err: (text: string) => void; signal: AbortSignal },
): Promise<number> {
  const settings = loadSettings(raw, world, Object.keys(templates));
  const request = requestOf(subject);
  if (kind === 'url' && request === undefined)
    throw new UsageError(`'${subject}' is no URL such as https://shop.example.com/cart`);
  try {
    const decision = await decideAsRunning(settings, readLibrary(settings), err, signal);
    if (kind === 'url' && request !== undefined) {
      const found = explainUrl(decision, request);
      out(json ? `${JSON.stringify(found, undefined, 2)}\n` : tellUrl(found));
      return found.served ? 0 : 1;
    }
    const found = explainApp(decision, subject);
    out(json ? `${JSON.stringify(found, undefined, 2)}\n` : tellApp(found));
    return found.served ? 0 : 1;
  } catch (error) {
    if (!(error instanceof MarathonError)) throw error;
    err(`marathon-lb explain: ${error.message}\n`);
    return 1;
  }
}

/** What a pass would decide, up to what HAProxy accepts, as the running load balancer has it; nothing is written. */
async function decideAsRunning(
  settings: Settings,
  library: Library,
  err: (text: string) => void,
  signal: AbortSignal,
): Promise<Decision> {
  await using client = createClient(settings.marathon, { log: silent, version: version() });
  const snapshot = await createSource(client, settings.marathon, { log: silent }).readAll(signal);
  const kept = { folder: settings.run.stateDir, log: silent };
  const lastGood = await createLastGoodStore({ ...kept, labelPolicy: settings.model.labelPolicy }).read();
  const holders = await createClaimsStore(kept).read();
  const memo = createRenderMemo();
  const renderAll: Render = (services) => render(services, settings.render, library, memo);
  const decided = decide(snapshot, { lastGood, holders, rejected: new Map() }, { model: settings.model, render: renderAll });
  const rejectionReport = await createRejectionReportFile(kept).read();
  const stands = withRejections(decided.services, rejectionReport, lastGood);
  if (rejectionReport.notLive !== undefined)
    err(
      `The load balancer could not bring its last changes to HAProxy, which runs what was there before: ${rejectionReport.notLive}\n`,
    );
  const { services } = stands;
  const problems = [...decided.problems, ...stands.problems];
  const document = services === decided.services ? decided.document : renderAll(services).document;
  const decision = { snapshot, settings: settings.model, services, problems, document };
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
    err(`HAProxy rejects the whole configuration, so that nothing of this is live: ${alert?.message ?? 'it gives no reason'}\n`);
  } catch (error) {
    if (!(error instanceof HaproxyError)) throw error;
    err(`What HAProxy would refuse is not known: ${error.message}\n`);
  }
  return decision;
}

/** A port of the load balancer itself that another program has may be one that it does not use: this command was told another. */
function isAppsMatter({ bind, line }: Alert, doc: ConfigDocument): boolean {
  return bind === undefined || (line !== undefined && ownerOf(doc, line) !== undefined);
}

function parseKind(value: string): 'app' | 'url' {
  if (value === 'app' || value === 'url') return value;
  throw new InvalidArgumentError('It must be app or url.');
}
