import type { ModelSettings } from '../../config/settings.ts';
import type { ServiceDefinition } from '../service.ts';
import { allowedTemplates, templatePolicyOf } from './allowed-templates.ts';
import { isDenied } from './rules/denials.ts';
import { ruleFor } from './rules/policy.ts';

/** The settings that decide which definitions are allowed. */
export type PolicySettings = Pick<ModelSettings, 'labelPolicy' | 'labelPolicyOption' | 'policy'>;

/**
 * Returns what a saved definition may still be: without the templates that are denied now. Returns undefined if it breaks a rule of the policy,
 * which may be younger than the definition.
 */
export function allowedDefinition(definition: ServiceDefinition, settings: PolicySettings): ServiceDefinition | undefined {
  const rule = settings.policy && ruleFor(settings.policy, definition.app);
  const allowed = allowedTemplates(definition, templatePolicyOf(settings, rule)).definition;
  return settings.policy !== undefined && rule !== undefined && isDenied(rule, allowed, settings.policy) ? undefined : allowed;
}
