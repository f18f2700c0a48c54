/** Which raw templates of labels count (`--label-policy`, `docs/decisions/061-label-policy.md`). */
import type { LabelPolicy, ModelSettings } from '../../config/settings.ts';
import type { Problem } from '../problem.ts';
import type { ServiceDefinition } from '../service.ts';
import { isTemplateName, templateLabels } from '../labels/template-table.ts';
import type { PolicyRule } from './rules/policy.ts';
import { templateFault } from './template-fault.ts';

/** A definition with what the policy leaves of its templates, and a problem for each that it takes away. */
export interface Allowed {
  readonly definition: ServiceDefinition;
  readonly problems: readonly Problem[];
}

/** The rules for the raw templates of an app. */
export interface TemplatePolicy {
  readonly policy: LabelPolicy;
  /** The option or rule that decides, in words. */
  readonly by: string;
}

export const FULL: TemplatePolicy = { policy: 'full', by: '--label-policy full' };

/** Returns what counts for the raw templates of an app: the stricter of what all apps have and what its rule says. */
export function templatePolicyOf(
  { labelPolicy = 'full', labelPolicyOption }: Pick<ModelSettings, 'labelPolicy' | 'labelPolicyOption'>,
  rule: PolicyRule | undefined,
): TemplatePolicy {
  const ofRule = BY_RULE[rule?.rawTemplates ?? 'allowed'];
  if (STRICTNESS[ofRule] <= STRICTNESS[labelPolicy]) {
    return labelPolicy === 'full' ? FULL : { policy: labelPolicy, by: labelPolicyOption ?? `--label-policy ${labelPolicy}` };
  }
  return { policy: ofRule, by: `the policy (rule "rawTemplates" of ${rule?.prefix})` };
}

const BY_RULE = { allowed: 'full', safe: 'safe', off: 'strict' } as const;

const STRICTNESS: Readonly<Record<LabelPolicy, number>> = { full: 0, safe: 1, strict: 2 };

/** Returns the definition with the templates that count; those that the policy denies are served by the default ones. */
export function allowedTemplates(definition: ServiceDefinition, { policy, by }: TemplatePolicy): Allowed {
  if (policy === 'full') return { definition, problems: [] };
  const problems: Problem[] = [];
  const templates: Record<string, string> = {};
  for (const name in definition.templates) {
    const text = definition.templates[name] as string;
    const fault = isTemplateName(name) && templateLabels[name] ? denial(name, text, definition, policy, by) : undefined;
    if (fault === undefined) templates[name] = text;
    else problems.push(fault);
  }
  return problems.length === 0 ? { definition, problems } : { definition: { ...definition, templates }, problems };
}

function denial(
  name: keyof typeof templateLabels,
  text: string,
  definition: ServiceDefinition,
  policy: Exclude<LabelPolicy, 'full'>,
  by: string,
): Problem | undefined {
  const fault = policy === 'strict' ? 'no raw template of a label counts' : templateFault(name, text, definition);
  if (fault === undefined) return undefined;
  const { app, backend, index } = definition;
  const label = `HAPROXY_${index}_${name}`;
  return {
    code: 'policy-denied',
    app,
    service: backend,
    label,
    detail: `${by} denies it: ${fault}; the operator's template serves in its place`,
    fix:
      policy === 'strict'
        ? `take ${label} away; other labels do much of what templates do (marathon-lb --longhelp)`
        : 'take the line out, or ask the operator to set it for all; docs/reference/label-policy.md lists what is allowed',
  };
}
