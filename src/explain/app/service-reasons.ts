/** Why a service port of an app is not served: what the model found, in words. */
import type { ModelSettings } from '../../config/settings.ts';
import { type Exclusion, exclusionsOf } from '../../model/app-services.ts';
import { labelsByIndex, type ServiceLabels } from '../../model/labels/definition.ts';
import type { Problem } from '../../model/problem.ts';
import type { Snapshot } from '../../model/snapshot.ts';
import type { Workload } from '../../model/workload.ts';
import { shown } from '../../model/values/parsed.ts';
import { idleTasks } from './idle-tasks.ts';

export interface ServiceCase {
  readonly app: Workload;
  /** Index of the service port. */
  readonly index: number;
  readonly settings: ModelSettings;
  readonly snapshot: Snapshot;
  /** Those of the app. */
  readonly problems: readonly Problem[];
}

/** Returns all reasons that hold, in the order in which to fix them; empty if none is known. */
export function serviceReasons(one: ServiceCase): readonly string[] {
  const { app, index, settings } = one;
  const own = labelsByIndex(app).get(index);
  const excluded = exclusionsOf(app, own, settings).map((each) => EXCLUSIONS[each](one, own));
  return [...excluded, ...mistakes(one), ...tasks(one)];
}

const EXCLUSIONS: Readonly<Record<Exclusion, (one: ServiceCase, own: ServiceLabels | undefined) => string>> = {
  group: ({ app, index, settings }, own) => {
    const groups = own?.GROUP ?? app.labels.HAPROXY_GROUP;
    const served = settings.groups.join(', ');
    if (groups === undefined) return `it has no label HAPROXY_GROUP, and this load balancer serves ${served} (--group)`;
    const label = own?.GROUP === undefined ? 'HAPROXY_GROUP' : `HAPROXY_${index}_GROUP`;
    return `group ${groups} is not in ${served} (label ${label} against --group)`;
  },
  disabled: ({ index }, own) => `disabled by label HAPROXY_${index}_ENABLED=${shown(own?.ENABLED ?? '')}`,
  strict: ({ index }) => `--strict-mode is on and label HAPROXY_${index}_ENABLED is not true`,
};

function mistakes({ index, problems }: ServiceCase): readonly string[] {
  const own = problems.filter(
    ({ label, code, rule }) => (COSTLY.has(code) || rule !== undefined) && (label === undefined || isLabelOf(label, index)),
  );
  return own.map(({ label, detail, fix }) => {
    const where = label === undefined || detail.includes(label) ? '' : `label ${label}: `;
    return `${where}${detail}${fix === undefined ? '' : `; ${fix}`}`;
  });
}

/** The problems for which a service is not served, besides a rule of the policy; with all others it is served. */
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

function tasks({ app, index, snapshot, settings }: ServiceCase): readonly string[] {
  if (app.tasks.length === 0) {
    if (app.instances === 0) return ['instances is 0'];
    return [`it has no task (instances is ${app.instances ?? 'not set'}): Marathon has not started any`];
  }
  const idle = idleTasks({ app, index, snapshot, settings });
  return idle.count < app.tasks.length ? [] : [`no task may serve (${idle.text})`];
}
