/** A deploy from the definition to its end. */
import { SourceError } from '../sources/source.ts';
import type { Balancers } from './io/balancers.ts';
import { startOf, type DeployStart } from './decide/start.ts';
import { type Definition, isCreated, readDefinition, type Start } from './definition/definition.ts';
import { plural } from '../lib/text/plural.ts';
import { DeployError } from './error.ts';
import { refuseMissingHook, runHook } from './io/hook.ts';
import { type LoopParts, observeWithRetries, runLoop } from './loop.ts';
import { type AppsClient, appsOnceCreated, createObserver, mayPass } from './io/observe.ts';
import { planOf } from './report/dry-run.ts';
import { differenceText } from './report/difference-text.ts';
import type { Observation } from './types.ts';
import type { ZddSettings } from './options/settings.ts';
import type { DeployPlan } from './types.ts';
import { viewOf } from './view/view.ts';
import { create, type WriteClient } from './io/marathon-writes.ts';
import { NEVER } from '../lib/async/signals.ts';
import { messageOf } from '../lib/errors.ts';

export interface DeployParts extends Pick<LoopParts, 'clock' | 'report' | 'ask' | 'interruption'> {
  readonly client: AppsClient & WriteClient;
  readonly balancers: Balancers;
  readonly start: () => Start;
  /** Folders in which a hook without a path is looked for, as in the variable PATH. */
  readonly path: string;
  /** Rejects if the file cannot be read. */
  readonly readFile: (path: string) => Promise<string>;
}

/** Deploys; returns why it is done. Throws a `DeployError` if it stopped before. */
export async function deploy(settings: ZddSettings, parts: DeployParts): Promise<string> {
  const definition = await readFrom(settings.json, parts);
  if (settings.hook !== undefined) await refuseMissingHook(settings.hook, parts.path);
  const group = definition.group.startsWith('/') ? definition.group : `/${definition.group}`;
  const { balancers, client, clock, report } = parts;
  const observer = createObserver(group, { client, balancers, now: clock.now });
  const loop: LoopParts = {
    ...parts,
    observer,
    stepDelay: settings.stepDelay,
    beforeKill: async ({ tasks }, view) => {
      if (settings.hook === undefined) return;
      const told = { old: view.outgoing.seen.raw, tasks, fresh: view.incoming.seen.raw };
      await runHook(settings.hook, told, (line) => report({ type: 'hook', line }), parts.interruption.signal);
    },
  };
  const seen = await beginningLook(settings, loop);
  const beginning = startOf(seen.apps, definition, settings, parts.start());
  if (beginning.kind === 'nothing') return beginning.why;
  const { stepSize, waits } = settings;
  const plan: DeployPlan = { goal: beginning.goal, fresh: beginning.fresh, stepSize, waits };
  if (beginning.kind === 'create') report({ type: 'definition', app: beginning.app });
  if (settings.mode === 'resume' && beginning.goal.kind === 'back') report({ type: 'trouble', why: GOES_BACK });
  if (!Array.isArray(definition.json['healthChecks'])) report({ type: 'trouble', why: UNCHECKED });
  reportDifferences(beginning, seen, parts);
  if (settings.dryRun) {
    report({ type: 'plan', steps: planFor(beginning, seen, plan) });
    return 'nothing was changed (--dry-run)';
  }
  if (beginning.kind === 'go-on') return runLoop(plan, loop);
  refuseSilent(seen);
  const question = `Create ${beginning.fresh}?`;
  const yes = await parts.ask(question);
  report({ type: 'answer', question, yes });
  if (!yes) throw new DeployError('declined', `declined: ${beginning.fresh} was not created`);
  await createPatiently(beginning, plan, loop);
  return runLoop(plan, { ...loop, last: 'create' });
}

/** Both apps are looked at before anything is created: what could not go on is not begun. */
function reportDifferences(
  beginning: Exclude<DeployStart, { readonly kind: 'nothing' }>,
  seen: Observation,
  { report }: DeployParts,
): void {
  const apps = appsOnceCreated(beginning, seen);
  if (apps?.length !== 2) return;
  const view = viewOf({ ...seen, apps }, beginning.goal);
  if (view.kind === 'malformed') throw new DeployError('missing-field', `${view.why}; nothing was changed`);
  const why = differenceText(seen, view);
  if (why !== undefined) report({ type: 'differences', differences: view.differences, why });
}

async function readFrom(path: string, { readFile }: DeployParts): Promise<Definition> {
  let text: string;
  try {
    text = await readFile(path);
  } catch (error) {
    const why = messageOf(error);
    throw new DeployError('arguments', `option --json: ${path} cannot be read: ${why}`, { cause: error });
  }
  return readDefinition(text, path);
}

/** Looks once more if no app of the group is there: a new leader may show nothing for a moment. */
async function beginningLook(settings: ZddSettings, loop: LoopParts): Promise<Observation> {
  const seen = await firstLook(settings, loop);
  if (seen.apps.length > 0 || settings.dryRun) return seen;
  await loop.clock.sleep(settings.stepDelay, loop.interruption.signal);
  return firstLook(settings, loop);
}

/** Looks for the first time. An error that lasts ends a deploy that has not begun. */
async function firstLook(settings: ZddSettings, loop: LoopParts): Promise<Observation> {
  const isImpatient = settings.mode === 'start' || settings.dryRun;
  const observer: LoopParts['observer'] = {
    look: async (signal) => {
      try {
        return await loop.observer.look(signal);
      } catch (error) {
        if (error instanceof SourceError && isImpatient && !mayPass(error)) {
          throw new DeployError('marathon', error.message, { cause: error });
        }
        throw error;
      }
    },
  };
  const look = await observeWithRetries(settings, { ...loop, observer });
  if (look === undefined) throw new DeployError('declined', 'interrupted before anything was changed');
  return look.seen;
}

/** Refuses to begin a deploy if a load balancer does not answer. */
function refuseSilent({ balancers }: Observation): void {
  const silent = balancers.flatMap((balancer) => (balancer.kind === 'silent' ? `${balancer.name}: ${balancer.why}` : []));
  if (silent.length === 0) return;
  throw new DeployError('load-balancer', `${silent.join('; ')}: nothing was changed; check --marathon-lb`, { retryable: true });
}

async function createPatiently(
  { app, fresh }: Extract<DeployStart, { readonly kind: 'create' }>,
  plan: DeployPlan,
  loop: LoopParts,
): Promise<void> {
  const { client, clock, report, stepDelay, interruption } = loop;
  const since = clock.now();
  for (;;) {
    const outcome = await create(client, app, NEVER);
    report({ type: 'create', app: fresh, outcome });
    if (outcome.kind === 'done') return;
    await clock.sleep(stepDelay, interruption.signal);
    const look = await observeWithRetries(plan, loop);
    if (look === undefined) throw new DeployError('declined', `interrupted: ${fresh} may have been created; --resume goes on`);
    const found = look.seen.apps.find((each) => each.app.id === fresh);
    if (found) {
      // The answer was lost, the app was not.
      if (isCreated(app, found)) return;
      const why = `${fresh} was created by another deploy at the same time, from another definition: nothing of this one is deployed`;
      throw new DeployError('create', `${why}; wait until that one is done, then give the command again`);
    }
    if (outcome.kind === 'exists')
      throw new DeployError('create', `${outcome.why}; it is not in this deployment group: delete it first`);
    if (clock.now() - since >= plan.waits.maxWait)
      throw new DeployError('create', `${outcome.why}, for too long`, { retryable: true });
  }
}

const UNCHECKED =
  'the definition has no health checks: load balancers count new tasks before they run, and take old ones out of service too early';

const GOES_BACK = 'the deploy was being taken back: going on with that; --complete-cur goes forward instead';

function planFor(beginning: DeployStart, seen: Observation, plan: DeployPlan): readonly string[] {
  const apps = appsOnceCreated(beginning, seen)?.map(({ app }) => app);
  if (apps === undefined) return ['Create it (Marathon is going to refuse it)'];
  const isOwn = seen.balancers.every((balancer) => balancer.kind === 'answers' && balancer.servesBoth === true);
  const steps = planOf(apps, plan, isOwn);
  if (beginning.kind !== 'create') return steps;
  const instances = apps.find(({ id }) => id === beginning.fresh)?.instances ?? 1;
  return [`Create ${beginning.fresh} with ${plural(instances, 'instance')}`, ...steps];
}
