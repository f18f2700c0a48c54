import type { AppDefinition } from '../../definition/app-definition.ts';
import type { Condition, Instance } from '../instances/instance.ts';

const ORDER: readonly Condition[] = ['Unreachable', 'Scheduled', 'Provisioned', 'Staging', 'Starting', 'Running'];

/** Instances in the order in which they are killed: named ones, then by condition (Unreachable … Running), then by `killSelection`. */
export function byKillOrder(
  instances: readonly Instance[],
  killSelection: AppDefinition['killSelection'],
  firstToKill: ReadonlySet<string> = new Set(),
): Instance[] {
  const named = (instance: Instance): number => (instance.task && firstToKill.has(instance.task.id) ? 0 : 1);
  const age = killSelection === 'YOUNGEST_FIRST' ? -1 : 1;
  return [...instances].sort((a, b) => named(a) - named(b) || rank(a) - rank(b) || age * (a.serial - b.serial));
}

/** Conditions that are not in the list, Killing above all, come first. */
function rank(instance: Instance): number {
  return ORDER.indexOf(instance.condition);
}
