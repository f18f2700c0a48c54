import type { Service, ServiceDefinition } from '../model/service.ts';

/** A service as it was when HAProxy accepted it, with the servers it has now. */
export function standIn(good: ServiceDefinition, now: Pick<Service, 'servers' | 'since' | 'lostPort' | 'contested'>): Service {
  const { servers, since, lostPort, contested } = now;
  return { ...good, servers, since, lostPort, contested };
}

/** What is to be kept of a service: all that its app says, nothing of its tasks and of other apps. */
export function definitionOf(service: ServiceDefinition & Partial<Service>): ServiceDefinition {
  const { servers: _servers, since: _since, lostPort: _lostPort, contested: _contested, ...definition } = service;
  return definition;
}
