import type { AppServices } from '../../app-result.ts';
import type { Problem } from '../../problem.ts';
import { portCountDenials, serverDenials } from './denials.ts';
import type { PolicyRule } from './policy.ts';

/** Returns what an app comes to without what its rule has too much of: services with too many servers, or all of them. */
export function withinLimits(found: AppServices, rule: PolicyRule | undefined, app: string): AppServices {
  if (rule?.limits === undefined) return found;
  const { services, malformed, problems } = found;
  const ofApp = portCountDenials(rule, app, services.length + malformed.length);
  if (ofApp.length > 0) return { services: [], malformed: [], problems: [...problems, ...ofApp], denied: true };
  const ofServices: Problem[] = [];
  const isWithin = (service: Parameters<typeof serverDenials>[1]): boolean => {
    const denials = serverDenials(rule, service);
    ofServices.push(...denials);
    return denials.length === 0;
  };
  const kept = { services: services.filter(isWithin), malformed: malformed.filter(isWithin) };
  return ofServices.length === 0 ? found : { ...kept, problems: [...problems, ...ofServices], denied: true };
}
