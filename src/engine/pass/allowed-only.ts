import type { ModelSettings } from '../../config/settings.ts';
import { allowedDefinition } from '../../model/policy/allowed-definition.ts';
import type { Policy } from '../../model/policy/rules/policy.ts';
import type { LastGood } from '../quarantine/fallback.ts';

/**
 * Returns a function that leaves of the last good definitions what the policy of now allows: none outlives a rule that forbids it. It looks at the
 * same definitions and policy once.
 */
export function createAllowedOnly(): (lastGood: LastGood, model: ModelSettings) => LastGood {
  const looked = new WeakMap<LastGood, Policy>();
  return (lastGood, model) => {
    const { policy } = model;
    if (policy === undefined || looked.get(lastGood) === policy) return lastGood;
    let allowed: Map<string, ReturnType<typeof allowedDefinition> & {}> | undefined;
    for (const [key, definition] of lastGood) {
      const left = allowedDefinition(definition, model);
      if (left === definition) continue;
      allowed ??= new Map(lastGood);
      if (left === undefined) allowed.delete(key);
      else allowed.set(key, left);
    }
    looked.set(allowed ?? lastGood, policy);
    return allowed ?? lastGood;
  };
}
