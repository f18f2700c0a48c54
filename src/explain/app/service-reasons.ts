/** Why a service port of an app is not served: the rules of `model/app-services` in words, one row each. */
import type { ModelSettings } from '../../config/settings.ts';
import { labelsByIndex } from '../../model/labels/definition.ts';
import { parseBoolean } from '../../model/labels/values.ts';
import type { Problem } from '../../model/problem.ts';
import type { App, Snapshot } from '../../model/snapshot.ts';
import { shown } from '../../model/values/parsed.ts';
import { taskReason, tasksReason } from './task-reasons.ts';

export interface ServiceCase {
  readonly app: App;
  /** Index of the service port. */
  readonly index: number;
  readonly settings: ModelSettings;
  readonly snapshot: Snapshot;
  /** Those of the app. */
  readonly problems: readonly Problem[];
}

type Row = (one: ServiceCase) => readonly string[];

const rows: readonly Row[] = [group, disabled, strict, mistakes, instances, tasks];

/** All reasons that hold, in the order in which to fix them; empty if none is known. */
export function serviceReasons(one: ServiceCase): readonly string[] {
  return rows.flatMap((row) => row(one));
}

function group({ app, index, settings }: ServiceCase): readonly string[] {
  const own = labelsByIndex(app).get(index)?.GROUP;
  const groups = own ?? app.labels.HAPROXY_GROUP;
  if (settings.groups.includes('*') || groups?.split(',').some((each) => settings.groups.includes(each))) return [];
  const served = settings.groups.join(', ');
  if (groups === undefined) return [`it has no label HAPROXY_GROUP, and this load balancer serves ${served} (--group)`];
  return [`group ${groups} is not in ${served} (label HAPROXY_${own === undefined ? '' : `${index}_`}GROUP against --group)`];
}

function disabled({ app, index }: ServiceCase): readonly string[] {
  const text = labelsByIndex(app).get(index)?.ENABLED;
  if (text === undefined) return [];
  return parseBoolean(text).value ? [] : [`disabled by label HAPROXY_${index}_ENABLED=${shown(text)}`];
}

function strict({ app, index, settings }: ServiceCase): readonly string[] {
  if (!settings.strictMode || labelsByIndex(app).get(index)?.ENABLED !== undefined) return [];
  return [`--strict-mode is on and label HAPROXY_${index}_ENABLED is not true`];
}

function mistakes({ index, problems }: ServiceCase): readonly string[] {
  const own = problems.filter(({ label, code }) => COSTLY.has(code) && (label === undefined || isLabelOf(label, index)));
  return own.map(({ label, detail, fix }) => {
    const where = label === undefined || detail.includes(label) ? '' : `label ${label}: `;
    return `${where}${detail}${fix === undefined ? '' : `; ${fix}`}`;
  });
}

/** What takes a service away; all else is a mistake, too, but the service is served. */
const COSTLY: ReadonlySet<Problem['code']> = new Set<Problem['code']>([
  'app-unreadable',
  'label-malformed',
  'template-malformed',
  'name-conflict',
  'no-service-port',
  'port-conflict',
  'haproxy-rejected',
  'udp-port',
]);

/** Labels without an index are the app's own. */
function isLabelOf(label: string, index: number): boolean {
  const own = /^HAPROXY_(\d+)_/.exec(label)?.[1];
  return own === undefined || Number(own) === index;
}

function instances({ app }: ServiceCase): readonly string[] {
  return app.instances === 0 && app.tasks.length === 0 ? ['instances is 0'] : [];
}

function tasks({ app, index, snapshot, settings }: ServiceCase): readonly string[] {
  if (app.instances === 0 && app.tasks.length === 0) return [];
  if (app.tasks.length === 0)
    return [`it has no task (instances is ${app.instances ?? 'not set'}): Marathon has not started any`];
  const one = { app, index, snapshot, settings };
  if (app.tasks.some((task) => taskReason({ ...one, task }) === undefined)) return [];
  return [`no task may serve (${tasksReason(one)})`];
}
