import { z } from 'zod';
import type { MarathonClient } from '../../marathon/http/client.ts';
import { MarathonError } from '../../marathon/error.ts';
import { parseApp } from '../../marathon/apps/schema.ts';
import { deploymentGroup } from '../../model/groups/deployment-groups.ts';
import type { Balancers } from './balancers.ts';
import { label } from '../definition/labels.ts';
import type { AppState, Observation } from '../types.ts';

export interface Observer {
  /** Marathon first, then the load balancers: they can only be ahead. Throws a `MarathonError` where Marathon cannot be read. */
  look(signal: AbortSignal): Promise<Observation>;
}

/** Looks at the apps of a deployment group (an app id) and at all load balancers; `now` is a monotonic clock in milliseconds. */
export function createObserver(
  group: string,
  parts: {
    readonly client: Pick<MarathonClient, 'getJson' | 'leader'>;
    readonly balancers: Balancers;
    readonly now: () => number;
  },
): Observer {
  return {
    async look(signal) {
      const apps = await readGroup(group, parts.client, signal);
      return { at: parts.now(), leader: parts.client.leader, apps, balancers: await parts.balancers.look(signal) };
    },
  };
}

async function readGroup(
  group: string,
  client: Pick<MarathonClient, 'getJson'>,
  signal: AbortSignal,
): Promise<readonly AppState[]> {
  const answer = answerSchema.safeParse(
    await client.getJson(`/v2/apps?label=${label.group}&embed=apps.tasks&embed=apps.lastTaskFailure`, signal),
  );
  if (!answer.success) throw new MarathonError('unexpected-answer', 'Marathon answers something else than a list of apps');
  return answer.data.apps.flatMap((raw) => {
    const { app, problem } = parseApp(raw);
    if (app === undefined) {
      if (mayBeOf(group, raw)) throw new MarathonError('unexpected-answer', `${problem.app}: ${problem.detail}`);
      return [];
    }
    if (deploymentGroup(app) !== group) return [];
    if (app.unreadTasks) throw new MarathonError('unexpected-answer', `${app.id}: ${app.unreadTasks.join(', ')}`);
    const deployments = deploymentsSchema.safeParse(raw['deployments']);
    return { app, raw, deployments: deployments.success ? deployments.data.map(({ id }) => id) : [] };
  });
}

const answerSchema = z.object({ apps: z.array(z.record(z.string(), z.unknown())) });
const labelsSchema = z.record(z.string(), z.string());
const deploymentsSchema = z.array(z.object({ id: z.string() }));

/** An app that cannot be read must not be taken for one that is gone. */
function mayBeOf(group: string, raw: Readonly<Record<string, unknown>>): boolean {
  const labels = labelsSchema.safeParse(raw['labels']);
  if (labels.success) return deploymentGroup({ labels: labels.data }) === group;
  return JSON.stringify(raw['labels'] ?? '').includes(group.replace(/^\//, ''));
}
