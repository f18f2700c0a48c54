import type { ServiceDefinition } from '../service.ts';
import { describePaths } from '../values/path-types.ts';
import { describeMatch } from '../values/rules/request-matches.ts';

/** Returns which requests for its hosts a service takes, as the object of a sentence. */
export function describeRequests({ path, pathType, match }: Pick<ServiceDefinition, 'path' | 'pathType' | 'match'>): string {
  const paths = describePaths(path, pathType);
  return match === undefined ? paths : `${paths} of requests with ${match.rules.map(describeMatch).join(' and ')}`;
}
