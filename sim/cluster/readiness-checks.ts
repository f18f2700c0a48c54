import { isActive, type Instance } from './instance.ts';
import { get } from './probe.ts';
import { checkAddress } from './placement.ts';
import { background, scaled, touch, until, type World } from './cluster.ts';

/** A readiness check may always last so long, whatever the speed. */
const LEAST_TIMEOUT_MS = 1000;

/** Asks a new instance until it is ready; only while the deployment that started it runs (`signal`). */
export function checkReadiness(world: World, instance: Instance, signal: AbortSignal): void {
  const check = instance.app.readinessChecks?.[0];
  if (!check) return;
  background(world, signal, async () => {
    for (;;) {
      await until(world, instance.appId, () => instance.condition === 'Running', signal);
      const { task } = instance;
      if (!task || !isActive(task)) return;
      const address = checkAddress(task, { portIndex: check.portName });
      const timeout = Math.max(LEAST_TIMEOUT_MS, scaled(world, check.timeoutSeconds));
      const answer =
        task.server && address ? await get(check.protocol === 'HTTPS', address, check.path, timeout, signal) : undefined;
      const status = typeof answer === 'object' ? answer.status : task.server ? 0 : 200;
      const { contentType = '', body = '' } = typeof answer === 'object' ? answer : {};
      instance.ready = {
        ready: check.httpStatusCodesForReady.includes(status),
        ...(check.preserveLastResponse ? { lastResponse: { status, contentType, body } } : {}),
      };
      touch(world, instance.appId);
      if (instance.ready.ready) return;
      await world.settings.clock.sleep(scaled(world, check.intervalSeconds), signal);
    }
  });
}
