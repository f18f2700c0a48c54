import type { ModelSettings } from '../../../config/settings.ts';
import type { Policy } from './policy.ts';

/** Returns a warning for the rules that a raw template of a label can go around. */
export function looseRules(policy: Policy, { labelPolicy = 'full' }: Pick<ModelSettings, 'labelPolicy'>): readonly string[] {
  if (labelPolicy !== 'full') return [];
  const loose = [...policy.rules.values()].filter(
    ({ hosts, paths, ports, labels, rawTemplates = 'allowed' }) =>
      rawTemplates === 'allowed' && (hosts ?? paths ?? ports ?? labels) !== undefined,
  );
  if (loose.length === 0) return [];
  const prefixes = loose.map(({ prefix }) => prefix).join(', ');
  return [
    `raw template labels can go around what the policy ${policy.file} limits for ${prefixes}: set "rawTemplates" of the rule to "off" or "safe", or give --raw-templates off`,
  ];
}
