import { Hono } from 'hono';
import { ApiError } from '../../api-error.ts';
import { cancel, rollBack } from '../../cluster/deployments/run-deployment.ts';
import type { Deployment } from '../../cluster/deployments/deployment.ts';
import { readinessResults } from '../../dialects/app-view.ts';
import type { Cluster } from '../../cluster/cluster.ts';
import { deploymentReply, flag, json, type Env } from './reply.ts';

/** `/v2/deployments`: what is under way; roll back, or (`force`) only stop. */
export function deploymentRoutes(cluster: Cluster): Hono<Env> {
  const routes = new Hono<Env>();

  routes.get('/', () => json(JSON.stringify([...cluster.deployments.values()].map((deployment) => write(cluster, deployment)))));

  routes.delete('/:id', (c) => {
    const deployment = cluster.deployments.get(c.req.param('id'));
    if (!deployment) throw new ApiError(404, `DeploymentPlan ${c.req.param('id')} does not exist`);
    if (!flag(c, 'force')) return deploymentReply(rollBack(cluster, deployment));
    cancel(cluster, deployment);
    return new Response(null, { status: 202 });
  });

  return routes;
}

function write(cluster: Cluster, { id, version, changes, steps, currentStep }: Deployment): object {
  const current = steps[currentStep - 1]?.actions ?? [];
  return {
    id,
    version,
    affectedApps: [...changes.keys()],
    affectedPods: [],
    steps,
    currentActions: current.map((action) => ({ ...action, readinessCheckResults: readinessResults(cluster, action.app) })),
    currentStep,
    totalSteps: steps.length,
  };
}
