import type { ServiceDefinition } from './service.ts';

/**
 * Returns whether the rules of a service for its hosts only choose a backend: those for patterns and with MATCH. What templates do in the
 * frontends for other services, the backend does then.
 */
export function hasOwnRules({ hostPatterns, match }: Pick<ServiceDefinition, 'hostPatterns' | 'match'>): boolean {
  return hostPatterns !== undefined || match !== undefined;
}
