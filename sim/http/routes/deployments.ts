import { Hono } from 'hono';
import { ApiError } from '../../api-error.ts';
import { cancel, rollBack } from '../../cluster/run-deployment.ts';
import type { Deployment } from '../../cluster/deployment.ts';
import { readinessResults } from '../../dialects/app-view.ts';
import type { World } from '../../cluster/cluster.ts';
import { deploymentReply, flag, json, type Env } from './reply.ts';

/** `/v2/deployments`: what is under way; roll back, or (`force`) only stop. */
export function deploymentRoutes(world: World): Hono<Env> {
  const routes = new Hono<Env>();

  routes.get('/', () => json(JSON.stringify([...world.deployments.values()].map((deployment) => write(world, deployment)))));

  routes.delete('/:id', (c) => {
    const deployment = world.deployments.get(c.req.param('id'));
    if (!deployment) throw new ApiError(404, `DeploymentPlan ${c.req.param('id')} does not exist`);
    if (!flag(c, 'force')) return deploymentReply(rollBack(world, deployment));
    cancel(world, deployment);
    return new Response(null, { status: 202 });
  });

  return routes;
}

function write(world: World, { id, version, changes, steps, currentStep }: Deployment): object {
  const current = steps[currentStep - 1]?.actions ?? [];
  return {
    id,
    version,
    affectedApps: [...changes.keys()],
    affectedPods: [],
    steps,
    currentActions: current.map((action) => ({ ...action, readinessCheckResults: readinessResults(world, action.app) })),
    currentStep,
    totalSteps: steps.length,
  };
}
