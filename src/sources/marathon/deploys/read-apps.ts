/** Apps as a deploy needs them: with their definitions, their deployments, and how their tasks fail. */
import { z } from 'zod';
import type { Workload } from '../../../model/workload.ts';
import { parseApp } from '../apps/schema.ts';
import { MarathonError } from '../error.ts';
import type { MarathonClient } from '../http/client.ts';
import type { AppJson } from './definition-json.ts';

export type AppsClient = Pick<MarathonClient, 'getJson' | 'leader'>;

export interface AppDetails {
  readonly app: Workload;
  /** As Marathon gave it. */
  readonly raw: AppJson;
  /** Ids of the deployments that lock it. */
  readonly deployments: readonly string[];
  readonly lastFailure?: TaskFailure | undefined;
  /** When checks of a task failed last, in Marathon's words, by task id; only of tasks with such a failure. */
  readonly failedChecks: ReadonlyMap<string, string>;
}

/** Why the last task of an app failed. */
export interface TaskFailure {
  readonly state: string;
  readonly host?: string | undefined;
  readonly timestamp?: string | undefined;
  readonly message?: string | undefined;
}

/** Which apps are read: those with a label. */
export interface AppsWanted {
  readonly label: string;
  /** Returns whether an app with these labels is one of them. */
  readonly isWanted: (labels: Readonly<Record<string, string>>) => boolean;
  /** What occurs in the labels of an app that may be one of them. */
  readonly word: string;
}

/** Reads the apps that are wanted, in Marathon's order. Throws a `MarathonError` if Marathon, or one of these apps, cannot be read. */
export async function readAppsWith(
  client: Pick<MarathonClient, 'getJson'>,
  { label, isWanted, word }: AppsWanted,
  signal: AbortSignal,
): Promise<readonly AppDetails[]> {
  const answer = answerSchema.safeParse(
    await client.getJson(`/v2/apps?label=${label}&embed=apps.tasks&embed=apps.lastTaskFailure`, signal),
  );
  if (!answer.success) throw new MarathonError('unexpected-answer', 'Marathon answers something else than a list of apps');
  return answer.data.apps.flatMap((raw) => {
    const { app, problem } = parseApp(raw);
    if (app === undefined) {
      if (mayBeWanted(raw)) throw new MarathonError('unexpected-answer', `${problem.app}: ${problem.detail}`);
      return [];
    }
    if (!isWanted(app.labels)) return [];
    // It is compared, and given to a hook, as text.
    if (textOf(raw) === undefined) throw new MarathonError('unexpected-answer', `${app.id}: its definition nests too deep`);
    if (app.unreadTasks) throw new MarathonError('unexpected-answer', `${app.id}: ${app.unreadTasks.join(', ')}`);
    return { app, ...detailsOf(raw) };
  });

  /** An app that cannot be read must not be taken for one that is gone. */
  function mayBeWanted(raw: AppJson): boolean {
    const labels = labelsSchema.safeParse(raw['labels']);
    if (labels.success) return isWanted(labels.data);
    return textOf(raw['labels'] ?? '')?.includes(word) ?? true;
  }
}

/** Returns the app that Marathon would make of a definition; undefined if Marathon is going to refuse it. */
export function appOfDefinition(json: AppJson): Workload | undefined {
  return parseApp(json).app;
}

/** Returns all of an app but what load balancers need of it. */
export function detailsOf(raw: AppJson): Omit<AppDetails, 'app'> {
  const deployments = deploymentsSchema.safeParse(raw['deployments']);
  return {
    raw,
    deployments: deployments.success ? deployments.data.map(({ id }) => id) : [],
    lastFailure: failureOf(raw['lastTaskFailure']),
    failedChecks: failedChecksOf(raw['tasks']),
  };
}

const answerSchema = z.object({ apps: z.array(z.record(z.string(), z.unknown())) });
const labelsSchema = z.record(z.string(), z.string());
const deploymentsSchema = z.array(z.object({ id: z.string() }));

/** Returns undefined for what nests too deep to be written. */
function textOf(raw: unknown): string | undefined {
  try {
    return JSON.stringify(raw);
  } catch {
    return undefined;
  }
}

function failureOf(found: unknown): TaskFailure | undefined {
  const { state, message, host, timestamp } = (found ?? {}) as Readonly<Record<string, unknown>>;
  if (typeof state !== 'string') return undefined;
  return {
    state,
    ...(typeof host === 'string' && { host }),
    ...(typeof timestamp === 'string' && { timestamp }),
    ...(typeof message === 'string' && { message }),
  };
}

function failedChecksOf(tasks: unknown): ReadonlyMap<string, string> {
  const found = new Map<string, string>();
  for (const task of Array.isArray(tasks) ? (tasks as readonly RawTask[]) : []) {
    const times = (task?.healthCheckResults ?? []).flatMap((result) => result?.lastFailure ?? []);
    if (task?.id !== undefined && times.length > 0) found.set(task.id, times.join(' '));
  }
  return found;
}

type RawTask = {
  readonly id?: string;
  readonly healthCheckResults?: readonly ({ readonly lastFailure?: string | null } | null)[] | null;
} | null;
