/** The health checks of servers by HAProxy, and how far one backend can differ between its servers. */
import { isSame } from '../../lib/deep-equal.ts';
import type { OwnRules, ServiceDefinition } from '../service.ts';
import type { HealthCheck } from '../workload.ts';

/** Returns which of the health check templates count; a COMMAND check on a service of mode http becomes an HTTP check (1.15). */
export function checkKind({ healthCheck }: Pick<OwnRules, 'healthCheck'>, mode: ServiceDefinition['mode']): 'HTTP' | 'TCP' {
  const protocol = healthCheck?.protocol;
  return mode === 'tcp' || protocol === 'TCP' || protocol === 'MESOS_TCP' ? 'TCP' : 'HTTP';
}

/**
 * Returns whether servers with these rules can be checked in a backend with the options of `lead`. Port, interval and number of failures are
 * words of the server's line, and the path can depend on the server's name; the kind of check and all else are options of the backend.
 */
export function isCheckShared(own: OwnRules, lead: OwnRules, mode: ServiceDefinition['mode']): boolean {
  const kind = checkKind(lead, mode);
  if (checkKind(own, mode) !== kind) return false;
  const template = `BACKEND_${kind}_HEALTHCHECK_OPTIONS`;
  if (own.templates[template] !== lead.templates[template]) return false;
  const [path, other] = [checkPath(own.healthCheck), checkPath(lead.healthCheck)];
  return kind === 'TCP' || path === other || (isPlainPath(path) && isPlainPath(other));
}

/** Returns whether a path means the same at any place of a line. */
export function isPlainPath(path: string): boolean {
  return PLAIN.test(path);
}

/** Characters that no word, regular expression or log format of HAProxy gives a meaning. */
const PLAIN = /^\/[\w/.~=&?:@+-]*$/;

/** Returns the path of a check as HAProxy may read it: between double quotes it would put its environment in place of `${NAME}`. */
export function checkPath(check: HealthCheck | undefined): string {
  return check?.path?.replaceAll('"', '%22').replaceAll("'", '%27') ?? '/';
}

export function areSameChecks(one: readonly HealthCheck[] | undefined, other: readonly HealthCheck[] | undefined): boolean {
  return isSame(one ?? [], other ?? []);
}
