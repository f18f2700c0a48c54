import type { SourceEvent } from '../../source.ts';

export type Changed = Extract<SourceEvent, { kind: 'changed' }>;

/**
 * The event types to ask for, if Marathon filters (1.3.7 and later); others are ignored here as well. Not
 * `group_change_success`: it names no apps, and the `deployment_info` of every change does.
 */
export const EVENT_TYPES = [
  'status_update_event',
  'health_status_changed_event',
  'instance_health_changed_event',
  'instance_changed_event',
  'unhealthy_task_kill_event',
  'unhealthy_instance_kill_event',
  'api_post_event',
  'deployment_info',
  'deployment_step_success',
  'deployment_success',
  'deployment_failed',
  'app_terminated_event',
  'event_stream_attached',
  'scheduler_registered_event',
  'scheduler_reregistered_event',
] as const;

/** Returns what one event of Marathon says about apps; nothing if it does not matter or cannot be understood. */
export function changesOf(document: unknown, at: number): readonly Changed[] {
  const event = recordOf(document);
  const cause = event?.['eventType'];
  if (event === undefined || !isEventType(cause)) return [];
  const changed = (app: unknown): Changed => ({ kind: 'changed', workload: idOf(app), cause, at });
  switch (cause) {
    case 'status_update_event':
      return [{ ...changed(event['appId']), taskId: textOf(event['taskId']), taskStatus: textOf(event['taskStatus']) }];
    case 'health_status_changed_event':
    case 'unhealthy_task_kill_event':
    case 'unhealthy_instance_kill_event':
      return [{ ...changed(event['appId']), taskId: textOf(event['taskId'] ?? event['instanceId']) }];
    case 'instance_health_changed_event':
    case 'instance_changed_event':
      return [{ ...changed(event['runSpecId']), taskId: textOf(event['instanceId']) }];
    case 'api_post_event':
      return [changed(recordOf(event['appDefinition'])?.['id'])];
    case 'app_terminated_event':
      return [changed(event['appId'])];
    case 'deployment_info':
    case 'deployment_step_success':
    case 'deployment_success':
    case 'deployment_failed':
      return appsOfPlan(event['plan']).map((app) => changed(app));
    case 'scheduler_registered_event':
    case 'scheduler_reregistered_event':
      return [changed(undefined)];
    case 'event_stream_attached':
      // Sent for every subscriber: ours is known by its connection.
      return [];
  }
  return [];
}

function isEventType(type: unknown): type is (typeof EVENT_TYPES)[number] {
  return (EVENT_TYPES as readonly unknown[]).includes(type);
}

/** The apps and pods of all steps; a plan that names none (Marathon 0.8) may concern all. */
function appsOfPlan(plan: unknown): readonly unknown[] {
  const steps = recordOf(plan)?.['steps'];
  if (!Array.isArray(steps)) return [undefined];
  const apps = new Set<unknown>();
  for (const step of steps) {
    // Up to 0.8 a step is the array of its actions.
    const actions = Array.isArray(step) ? step : recordOf(step)?.['actions'];
    if (!Array.isArray(actions)) continue;
    for (const action of actions) {
      const { app, pod } = recordOf(action) ?? {};
      apps.add(app ?? pod);
    }
  }
  return [...apps];
}

/** An id that leads to an app; of anything else it is not known which app changed. */
function idOf(value: unknown): string | undefined {
  return typeof value === 'string' && /^\/[^\s\p{Cc}\p{Cs}]+$/u.test(value) ? value : undefined;
}

function textOf(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined;
}

function recordOf(value: unknown): Record<string, unknown> | undefined {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Record<string, unknown>) : undefined;
}
