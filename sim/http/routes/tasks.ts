import { Hono } from 'hono';
import { z } from 'zod';
import { ApiError } from '../../api-error.ts';
import { parseJson } from '../../definition/app-input.ts';
import { findTasks, killAndScale, killTasks } from '../../cluster/api-commands.ts';
import { tasksOf } from '../../dialects/app-view.ts';
import type { Cluster } from '../../cluster/cluster.ts';
import { writeTask } from '../../dialects/write-task.ts';
import { deploymentReply, flag, json, type Env } from './reply.ts';

const killBody = z.object({ ids: z.array(z.string()) });

/** `/v2/tasks`: all tasks, with service ports; kill by id. */
export function taskRoutes(cluster: Cluster): Hono<Env> {
  const routes = new Hono<Env>();

  routes.get('/', (c) => {
    const wanted = [...(c.req.queries('status') ?? []), ...(c.req.queries('status[]') ?? [])];
    const ids = [...cluster.apps.keys()].sort();
    const tasks = ids
      .flatMap((id) => tasksOf(cluster, id))
      .filter(({ state }) => {
        if (wanted.length === 0) return true;
        return (
          (wanted.includes('running') && state === 'TASK_RUNNING') || (wanted.includes('staging') && state === 'TASK_STAGING')
        );
      });
    return json(JSON.stringify({ tasks: tasks.map((task) => writeTask(cluster, task, true)) }));
  });

  routes.post('/delete', async (c) => {
    const scale = flag(c, 'scale');
    if (scale && flag(c, 'wipe')) throw new ApiError(400, 'You cannot use scale and wipe at the same time.');
    const body = killBody.safeParse(parseJson(await c.req.text()));
    if (!body.success)
      throw new ApiError(422, 'Object is not valid', { details: [{ path: '/ids', errors: ['error.path.missing'] }] });
    const bad = body.data.ids.find((id) => !/^.+[._][^_.]+/.test(id));
    if (bad !== undefined) throw new ApiError(400, `Invalid task id '${bad}'. [No task id of Marathon]`);
    const tasks = findTasks(cluster, body.data.ids);
    if (scale) return deploymentReply(killAndScale(cluster, tasks, flag(c, 'force')));
    const shown = tasks.map((task) => writeTask(cluster, task));
    killTasks(cluster, tasks);
    return json(JSON.stringify({ tasks: shown }));
  });

  return routes;
}
