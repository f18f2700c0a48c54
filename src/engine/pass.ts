/** One pass: current, desired, plan, apply. */
import type { Settings } from '../config/settings.ts';
import type { Applied } from '../haproxy/applied.ts';
import type { Applier, Refused } from '../haproxy/apply.ts';
import type { Source } from '../marathon/source.ts';
import { build, createBuildMemo } from '../model/build.ts';
import type { Problem } from '../model/problem.ts';
import type { Service } from '../model/service.ts';
import { type Plan, plan } from '../plan/plan.ts';
import type { ConfigDocument } from '../render/document.ts';
import type { Library } from '../render/library.ts';
import { createRenderMemo, render, type Rendered } from '../render/render.ts';
import { serviceKey } from './blame.ts';
import type { Guard } from './guard.ts';
import type { Outcome, PassRecord, Stage } from './journal.ts';
import type { LastGoodStore } from './last-good.ts';
import { quarantine } from './quarantine.ts';
import { type LastGood, type StandIns, withHeld, withoutUnrenderable } from './stand-in.ts';
import type { Rejections } from './ward.ts';
import { withoutRejected } from './without-rejected.ts';
import { createWorld, type Dirty } from './world.ts';

export interface PassDeps {
  readonly source: Source;
  readonly applier: Applier;
  readonly library: Library;
  /** The wall clock. */
  readonly now: () => Date;
  /** Milliseconds of a monotonic clock. */
  readonly clock: () => number;
  /** What HAProxy accepted before this run; left out: nothing is known, nothing is kept. */
  readonly lastGood?: LastGoodStore;
  /** Left out: Marathon is believed at once. */
  readonly guard?: Guard;
}

export interface PassCause {
  readonly cause: string;
  /** When the cause arrived, on the monotonic clock. */
  readonly since: number;
}

export interface PassRequest extends PassCause {
  /** The apps to be read again. */
  readonly dirty: Dirty;
  /** Try again what HAProxy refused before: a missing certificate may be there now. */
  readonly retryRejected: boolean;
}

export interface Pass {
  /** Reads Marathon and brings HAProxy to what it says. Failures are an outcome; only the signal's reason is thrown. */
  run(request: PassRequest, signal: AbortSignal): Promise<PassRecord>;
  /** Checks the configuration on disk and reloads HAProxy, without asking Marathon. */
  reload(cause: PassCause, signal: AbortSignal): Promise<PassRecord>;
}

export function createPass(settings: Settings, deps: PassDeps): Pass {
  const { source, applier, library, clock } = deps;
  const cleanup = !settings.haproxy.skipValidation && !settings.haproxy.skipConfigCleanup;
  const world = createWorld(source, settings.model);
  const memo = { build: createBuildMemo(), render: createRenderMemo() };
  let current: ConfigDocument | undefined;
  let lastGood: LastGood | undefined;
  /** What HAProxy serves. */
  let live: readonly Service[] = [];
  let rejected: Rejections = new Map();
  let noted: readonly Service[] = [];
  let last: Pick<PassRecord, 'services' | 'servers' | 'problems'> = { services: 0, servers: 0, problems: [] };
  /** What HAProxy refused at runtime in this pass. */
  let refusals: readonly string[] = [];
  /** The configuration that this pass found on disk, where it had to look. */
  let textOnDisk: string | undefined;

  const record = async (
    request: PassCause,
    work: (time: Timer) => Promise<Outcome>,
    signal: AbortSignal,
  ): Promise<PassRecord> => {
    const stages: Partial<Record<Stage, number>> = {};
    const at = deps.now();
    const before = current;
    refusals = [];
    textOnDisk = undefined;
    const outcome = await work(timer(stages, clock)).catch((error: unknown): Outcome => {
      signal.throwIfAborted();
      return { kind: 'failed', error: error instanceof Error ? error : new Error(String(error)) };
    });
    const sinceCause = clock() - request.since;
    return {
      cause: request.cause,
      at,
      sinceCause,
      stages,
      ...last,
      outcome,
      refusals,
      before,
      onDisk: textOnDisk,
      after: current,
    };
  };

  const renderAll = (services: readonly Service[]): Rendered => render(services, settings.render, library, memo.render);

  /** What can be rendered of the services, and the rendering without those that HAProxy refused before. */
  const renderUsable = (model: StandIns, good: LastGood): Usable => {
    const attempt = (services: readonly Service[]): Usable => {
      const settled = cleanup ? withoutRejected(services, good, rejected) : { services, problems: [] };
      const { document, problems } = renderAll(settled.services);
      return { services, settled, document, problems };
    };
    const first = attempt(model.services);
    if (first.problems.length === 0) return first;
    const usable = withoutUnrenderable(model.services, first.problems, good);
    const second = attempt(usable.services);
    return { ...second, problems: [...usable.problems, ...second.problems] };
  };

  const bringLive = async (
    model: StandIns,
    good: LastGood,
    signal: AbortSignal,
    time: Timer,
    mend: boolean,
  ): Promise<Outcome> => {
    const desired = await time('render', async () => renderUsable(model, good));
    const { services, settled } = desired;
    const note = (served: readonly Service[], found: readonly Problem[]): void => {
      const servers = served.reduce((sum, service) => sum + service.servers.length, 0);
      noted = served;
      last = { services: served.length, servers, problems: [...model.problems, ...found, ...desired.problems] };
    };
    note(settled.services, settled.problems);
    const onDisk = current === undefined ? await applier.onDisk() : undefined;
    textOnDisk = onDisk?.config;
    /** What is done without a reload: undefined if that does not suffice. */
    const changed = async (doc: ConfigDocument, planned: Plan): Promise<Applied | Refused | undefined> => {
      if (planned.kind === 'reload' || applier.owesReload()) return undefined;
      const done = await time('apply', () => withoutReload(applier, doc, planned, mend, signal));
      if (done.kind === 'refused') refusals = done.reasons.slice(planned.kind === 'runtime' ? planned.reasons.length : 0);
      else current = doc;
      return done;
    };
    let planned = plan(current, onDisk, desired.document);
    let done = await changed(desired.document, planned);
    if (done !== undefined && done.kind !== 'refused') return done;
    let document = desired.document;
    if (cleanup) {
      const found = await time('check', () =>
        quarantine({
          services,
          render: (some) => renderAll(some).document,
          check: (doc) => applier.check(doc, signal),
          lastGood: good,
          rejected,
        }),
      );
      if (found.refused) await applier.keepRejected(found.refused);
      if (found.kind !== 'accepted') return { kind: 'refused', alerts: found.alerts };
      ({ doc: document, lastGood, rejected } = found);
      note(found.services, found.problems);
      deps.lastGood?.keep(found.lastGood);
      if (done === undefined && found.problems.length > 0) {
        // Without what HAProxy refuses there may be nothing left that needs a reload.
        planned = plan(current, onDisk, document);
        done = await changed(document, planned);
        if (done !== undefined && done.kind !== 'refused') return done;
      }
    }
    const reasons =
      done?.kind === 'refused' ? done.reasons : planned.kind === 'reload' ? planned.reasons : ['the last reload failed'];
    const force = done?.kind === 'refused';
    const applied = await time('apply', () => applier.apply(document, { signal, reasons, force, checked: cleanup }));
    if (applied.kind === 'invalid') return { kind: 'refused', alerts: applied.alerts };
    current = document;
    return applied;
  };

  const remember = (services: readonly Service[]): void => {
    lastGood = new Map([...(lastGood ?? []), ...services.map((service) => [serviceKey(service), service] as const)]);
    deps.lastGood?.keep(lastGood);
  };

  return {
    run: (request, signal) =>
      record(
        request,
        async (time) => {
          if (request.retryRejected) rejected = new Map();
          const snapshot = await time('read', () => world.read(request.dirty, signal));
          const model = await time('build', async () => build(snapshot, settings.model, memo.build));
          const verdict = deps.guard?.review(live, model.services, request.dirty === 'all');
          if (verdict?.kind === 'held') return verdict;
          const isFirst = current === undefined;
          const good = (lastGood ??= (await deps.lastGood?.read()) ?? new Map());
          const outcome = await bringLive(withHeld(model, good), good, signal, time, request.retryRejected);
          if (outcome.kind === 'refused') return outcome;
          live = noted;
          // What is on disk already was accepted once.
          if (isFirst && cleanup && outcome.kind === 'unchanged') remember(live);
          return outcome;
        },
        signal,
      ),
    reload: (cause, signal) =>
      record(
        cause,
        async (time) => {
          const applied = await time('apply', () => applier.reloadOnDisk(signal));
          return applied.kind === 'invalid' ? { kind: 'refused', alerts: applied.alerts } : applied;
        },
        signal,
      ),
  };
}

interface Usable extends Rendered {
  readonly services: readonly Service[];
  readonly settled: StandIns;
}

/** Says to the running HAProxy what a plan has for it; `mend`: it is also compared with what it should have. */
async function withoutReload(
  applier: Applier,
  doc: ConfigDocument,
  planned: Exclude<Plan, { kind: 'reload' }>,
  mend: boolean,
  signal: AbortSignal,
): Promise<Applied | Refused> {
  if (planned.kind === 'nothing') return mend ? applier.reconcile(doc, signal) : { kind: 'unchanged' };
  const done = await applier.change(doc, planned, signal);
  if (done.kind !== 'runtime' || !mend) return done;
  const mended = await applier.reconcile(doc, signal);
  if (mended.kind === 'runtime') return { kind: 'runtime', commands: [...done.commands, ...mended.commands] };
  return mended.kind === 'unchanged' ? done : mended;
}

type Timer = <T>(stage: Stage, work: () => Promise<T>) => Promise<T>;

function timer(stages: Partial<Record<Stage, number>>, clock: () => number): Timer {
  return async (stage, work) => {
    const start = clock();
    try {
      return await work();
    } finally {
      stages[stage] = (stages[stage] ?? 0) + clock() - start;
    }
  };
}
