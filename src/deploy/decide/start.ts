/** The start of a deploy: no app yet, one app, or two of a deploy in progress. */
import { isDeployed, newApp, type Definition, type Start } from '../definition/definition.ts';
import { plural } from '../../lib/text/plural.ts';
import { DeployError } from '../error.ts';
import { resumeGoal } from './resume-goal.ts';
import { byStart, label, numberLabel } from '../definition/labels.ts';
import { shares } from './step-size.ts';
import type { AppState, Goal } from '../types.ts';
import type { ZddSettings } from '../options/settings.ts';

export type DeployStart =
  | { readonly kind: 'create'; readonly app: Readonly<Record<string, unknown>>; readonly fresh: string; readonly goal: Goal }
  | { readonly kind: 'go-on'; readonly fresh: string; readonly goal: Goal }
  | { readonly kind: 'nothing'; readonly why: string };

/** Throws a `DeployError` (`arguments`) if the options do not fit what is there. */
export function startOf(
  apps: readonly AppState[],
  definition: Definition,
  settings: Pick<ZddSettings, 'mode' | 'initialInstances' | 'newInstances' | 'stepSize'>,
  start: Start,
): DeployStart {
  if (apps.length > 2) {
    const ids = apps.map(({ app }) => app.id).join(', ');
    throw new DeployError('arguments', `the group ${definition.group} has ${apps.length} apps (${ids}): delete all but two`);
  }
  const [first, second] = apps;
  if (first && second) return inProgress(first, second, settings.mode);
  const { mode } = settings;
  if (mode !== 'start' && mode !== 'resume') {
    return { kind: 'nothing', why: `no deploy is in progress${first ? leftOf(first) : ''}` };
  }
  if (mode === 'resume' && first && isDeployed(definition, first)) {
    return { kind: 'go-on', fresh: first.app.id, goal: { kind: 'forward' } };
  }
  const initialInstances = initialOf(first, settings);
  const app = newApp(definition, first, { initialInstances, newInstances: settings.newInstances, start });
  const isSplit = first !== undefined && settings.newInstances > 0;
  const id = String(app['id']);
  const goal: Goal = isSplit ? { kind: 'split', newInstances: settings.newInstances } : { kind: 'forward' };
  return { kind: 'create', app, fresh: id.startsWith('/') ? id : `/${id}`, goal };
}

function inProgress(first: AppState, second: AppState, mode: ZddSettings['mode']): DeployStart {
  const fresh = byStart(first, second).fresh.app.id;
  switch (mode) {
    case 'start':
      throw new DeployError(
        'arguments',
        `a deploy is in progress (${fresh} is the new app): give --resume, --complete-cur, --complete-prev or --rollback`,
      );
    case 'resume':
      return { kind: 'go-on', fresh, goal: resumeGoal(first, second) };
    case 'complete-cur':
      return { kind: 'go-on', fresh, goal: { kind: 'forward' } };
    case 'complete-prev':
    case 'rollback':
      return { kind: 'go-on', fresh, goal: { kind: 'back' } };
  }
}

/** The app that is alone; one with fewer instances than its deploy was to bring may be what an unfinished deploy has left. */
function leftOf({ app }: AppState): string {
  const { id, instances = 0 } = app;
  const left = `: ${id} is alone, with ${plural(instances, 'instance')}`;
  const target = numberLabel(app, label.target);
  if (target === undefined || instances >= target) return left;
  return `${left}, fewer than the ${target} of its own deploy; if another app of the group was deleted by hand, scale it in Marathon`;
}

/** A canary begins with its first share. */
function initialOf(
  running: AppState | undefined,
  { stepSize, initialInstances }: Pick<ZddSettings, 'stepSize' | 'initialInstances'>,
): number {
  return shares(running?.app.instances ?? 0, stepSize)[0] ?? initialInstances;
}
