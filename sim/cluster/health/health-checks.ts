import type { HealthCheck } from '../../definition/app-definition.ts';
import { failedHealthCheck, healthStatusChanged, instanceHealthChanged, statusUpdate, unhealthyKill } from '../events.ts';
import { healthOf, type Health, type Task } from '../instances/instance.ts';
import { checkAddress } from '../instances/placement.ts';
import { probe } from './probe.ts';
import { background, scaled, timestamp, touch, type Cluster } from '../cluster.ts';

/** What is done to a task that fails its checks. */
export interface HealthActions {
  /** Marathon-level checks: on failure maxConsecutiveFailures + 1. */
  kill(): void;
  /** Mesos-level checks: the executor ends the task on failure maxConsecutiveFailures. */
  fail(message: string): void;
}

/** The first Marathon-level check comes after this or the interval, whichever is less. */
const FIRST_CHECK_SECONDS = 5;
/** A check may always last so long, whatever the speed: a busy machine is not an unhealthy task. */
const LEAST_TIMEOUT_MS = 1000;

/** Checks a running task until its life ends. Tasks that are only data are healthy at once. */
export function startChecks(cluster: Cluster, task: Task, actions: HealthActions): void {
  const { signal } = task.instance.life;
  for (const [index, check] of (task.instance.app.healthChecks ?? []).entries()) {
    if (task.server) background(cluster, signal, () => repeat(cluster, task, index, check, actions, signal));
    else recordResult(cluster, task, index, check, undefined, actions);
  }
}

/** Forgets all results of Marathon-level checks, as a new leader does; the next checks fill them again. */
export function forgetResults(cluster: Cluster): void {
  for (const [appId, siblings] of cluster.instances) {
    for (const instance of siblings.values()) {
      const checks = instance.app.healthChecks ?? [];
      for (const [index, check] of checks.entries())
        if (!isMesosLevel(check) && instance.task) instance.task.health[index] = undefined;
    }
    touch(cluster, appId);
  }
}

/** One result of a check (`failure`: its cause; undefined: good), with all that follows from it. */
export function recordResult(
  cluster: Cluster,
  task: Task,
  index: number,
  check: HealthCheck,
  failure: string | undefined,
  actions: HealthActions,
): void {
  const { instance } = task;
  const before = task.health[index];
  const now = timestamp(cluster);
  const flipped = (before?.alive ?? false) !== (failure === undefined);
  if (failure === undefined) {
    task.health[index] = {
      ...before,
      alive: true,
      consecutiveFailures: 0,
      firstSuccess: before?.firstSuccess ?? now,
      lastSuccess: now,
    };
    if (flipped) healthStatusChanged(cluster, instance, true);
  } else if (inGrace(cluster, task, check, before)) {
    task.health[index] = before ?? { alive: false, consecutiveFailures: 0 };
  } else {
    failedHealthCheck(cluster, instance, check);
    const consecutiveFailures = (before?.consecutiveFailures ?? 0) + 1;
    task.health[index] = { ...before, alive: false, consecutiveFailures, lastFailure: now, lastFailureCause: failure };
    if (flipped) healthStatusChanged(cluster, instance, false);
  }
  touch(cluster, instance.appId);
  emitHealth(cluster, task);
  if (flipped && isMesosLevel(check)) statusUpdate(cluster, task, task.state);
  if (failure !== undefined) punish(cluster, task, check, before, task.health[index]?.consecutiveFailures ?? 0, actions);
}

function punish(
  cluster: Cluster,
  task: Task,
  check: HealthCheck,
  before: Health | undefined,
  failures: number,
  actions: HealthActions,
): void {
  const { maxConsecutiveFailures: limit } = check;
  if (isMesosLevel(check)) {
    if (failures > 0 && failures >= Math.max(1, limit)) actions.fail('Command health check exceeded the allowed failures');
  } else if (limit > 0 && failures > limit) {
    unhealthyKill(cluster, task, before?.lastFailureCause ?? 'the health check failed');
    actions.kill();
  }
}

async function repeat(
  cluster: Cluster,
  task: Task,
  index: number,
  check: HealthCheck,
  actions: HealthActions,
  signal: AbortSignal,
): Promise<void> {
  const { clock } = cluster.settings;
  const first = isMesosLevel(check) ? check.delaySeconds : Math.min(check.intervalSeconds, FIRST_CHECK_SECONDS);
  await clock.sleep(scaled(cluster, first), signal);
  for (;;) {
    const address = checkAddress(task, check);
    const failure = address
      ? await probe(check, address, Math.max(LEAST_TIMEOUT_MS, scaled(cluster, check.timeoutSeconds)), signal)
      : 'the port index does not exist';
    if (signal.aborted) return;
    recordResult(cluster, task, index, check, failure, actions);
    await clock.sleep(Math.max(1, scaled(cluster, check.intervalSeconds)), signal);
  }
}

function emitHealth(cluster: Cluster, task: Task): void {
  const { instance } = task;
  const sum = healthOf(instance);
  if (instance.publishedHealth === sum || (sum === null && instance.publishedHealth === undefined)) return;
  instance.publishedHealth = sum;
  instanceHealthChanged(cluster, instance, sum);
}

/** Failures before the first success do not count while the grace period, from TASK_RUNNING on, lasts. */
function inGrace(cluster: Cluster, task: Task, check: HealthCheck, before: Health | undefined): boolean {
  if (before?.firstSuccess !== undefined || task.startedAt === undefined) return false;
  return cluster.settings.clock.now() - Date.parse(task.startedAt) < scaled(cluster, check.gracePeriodSeconds);
}

function isMesosLevel(check: HealthCheck): boolean {
  return check.protocol.startsWith('MESOS_') || check.protocol === 'COMMAND';
}
