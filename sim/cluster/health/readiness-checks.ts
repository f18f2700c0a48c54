import { isActive, type Instance } from '../instances/instance.ts';
import { get } from './probe.ts';
import { checkAddress } from '../instances/placement.ts';
import { background, scaled, touch, until, type Cluster } from '../cluster.ts';

/** A readiness check may always last so long, whatever the speed. */
const LEAST_TIMEOUT_MS = 1000;

/** Asks a new instance until it is ready; only while the deployment that started it runs (`signal`). */
export function checkReadiness(cluster: Cluster, instance: Instance, signal: AbortSignal): void {
  const check = instance.app.readinessChecks?.[0];
  if (!check) return;
  background(cluster, signal, async () => {
    for (;;) {
      await until(cluster, instance.appId, () => instance.condition === 'Running', signal);
      const { task } = instance;
      if (!task || !isActive(task)) return;
      const address = checkAddress(task, { portIndex: check.portName });
      const timeout = Math.max(LEAST_TIMEOUT_MS, scaled(cluster, check.timeoutSeconds));
      const answer =
        task.server && address ? await get(check.protocol === 'HTTPS', address, check.path, timeout, signal) : undefined;
      const status = typeof answer === 'object' ? answer.status : task.server ? 0 : 200;
      const { contentType = '', body = '' } = typeof answer === 'object' ? answer : {};
      instance.ready = {
        ready: check.httpStatusCodesForReady.includes(status),
        ...(check.preserveLastResponse ? { lastResponse: { status, contentType, body } } : {}),
      };
      touch(cluster, instance.appId);
      if (instance.ready.ready) return;
      await cluster.settings.clock.sleep(scaled(cluster, check.intervalSeconds), signal);
    }
  });
}
