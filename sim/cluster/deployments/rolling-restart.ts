import type { AppDefinition } from '../../definition/app-definition.ts';
import { isReady, type Instance } from '../instances/instance.ts';
import { decommission } from '../instances/lifecycle.ts';
import { byKillOrder } from './kill-order.ts';
import { instancesOf, until, type Cluster } from '../cluster.ts';

/**
 * Replaces all instances of older versions by the upgrade strategy: never fewer healthy ones than
 * ceil(n · minimumHealthCapacity), never more at once than floor(n · (1 + maximumOverCapacity)).
 */
export async function restart(
  cluster: Cluster,
  app: AppDefinition,
  startOne: (app: AppDefinition) => Instance,
  signal: AbortSignal,
): Promise<void> {
  const { instances: wanted, upgradeStrategy } = app;
  const all = (): Instance[] => instancesOf(cluster, app.id);
  const running = (old: boolean): Instance[] =>
    all().filter((instance) => instance.goal === 'Running' && (instance.app.version !== app.version) === old);

  const minHealthy = Math.ceil(wanted * upgradeStrategy.minimumHealthCapacity);
  let maxCapacity = Math.floor(wanted * (1 + upgradeStrategy.maximumOverCapacity));
  if (minHealthy === maxCapacity && maxCapacity <= running(true).length) maxCapacity += 1;

  const oldAtFirst = running(true).length;
  const killedAtFirst = Math.max(0, running(true).filter(isReady).length - minHealthy);
  const advance = (): void => {
    const fresh = running(false);
    const ready = fresh.filter(isReady).length;
    const old = byKillOrder(running(true), app.killSelection);
    const mayBeDead = ready >= wanted ? oldAtFirst : Math.min(oldAtFirst, killedAtFirst + ready);
    const mayEnd = Math.max(0, mayBeDead - (oldAtFirst - old.length));
    const room = Math.min(wanted - fresh.length, maxCapacity - all().length);
    // A deployment that was cancelled may leave so many instances, not all of them ready at first, that there is no room for a new one.
    const isStuck = mayEnd === 0 && room <= 0 && fresh.length === 0 && all().length === old.length;
    const unreadyFirst = old.toSorted((one, other) => Number(isReady(one)) - Number(isReady(other)));
    const ending = isStuck ? unreadyFirst.slice(0, Math.max(0, old.length - minHealthy)) : old.slice(0, mayEnd);
    for (const instance of ending) decommission(cluster, instance);
    for (let count = room; count > 0; count -= 1) startOne(app);
  };
  const done = (): boolean => {
    const fresh = running(false);
    return fresh.length === wanted && fresh.every(isReady) && all().length === wanted;
  };
  while (!done()) {
    advance();
    const seen = progress(all());
    await until(cluster, app.id, () => done() || progress(all()) !== seen, signal);
  }
}

/** What `advance` looks at, as one value: it is called again when this differs. */
function progress(instances: readonly Instance[]): string {
  return instances.map((instance) => `${instance.uuid}${instance.goal === 'Running' ? Number(isReady(instance)) : 'x'}`).join();
}
