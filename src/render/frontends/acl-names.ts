/** ACLs of one name count as one ACL in HAProxy, even from different apps: their names have to differ. */
import { hash } from 'node:crypto';
import { clean } from '../../model/names.ts';
import type { ServiceDefinition } from '../../model/service.ts';
import { cleanedUpHostname } from '../names.ts';

/**
 * What the ACL names of a service get at their end, for the few services whose names are those of an app before them: `/a.b` and
 * `/a/b` both make `app__a_b`, and requests for the one would go to the other. All others keep the names of 1.15.
 */
export function aclSuffixes<S extends ServiceDefinition>(services: readonly S[]): ReadonlyMap<S, string> {
  const suffixes = new Map<S, string>();
  const apps = new Map<string, string>();
  const hosts = new Map<string, string>();
  for (const service of services) {
    const { app, host } = aclNames(service);
    const isAppTaken = isAnothers(app, service.app, apps);
    if ((host !== undefined && isAnothers(host, service.app, hosts)) || isAppTaken) {
      suffixes.set(service, `_${hash('sha1', service.app).slice(0, 8)}`);
    }
  }
  return suffixes;
}

/** Returns the names of a service's ACLs, without what templates put before and after them. */
export interface AclNames {
  readonly app: string;
  /** Returns undefined if there is no vhost. */
  readonly host: string | undefined;
}

/** Kept with the service: each rule asks for them, and most services are the same objects as in the pass before. */
export function aclNames(service: ServiceDefinition): AclNames {
  let names = known.get(service);
  if (!names) {
    const vhost = service.vhosts[0];
    names = { app: clean(service.app), host: vhost === undefined ? undefined : cleanedUpHostname(vhost, service.app) };
    known.set(service, names);
  }
  return names;
}

const known = new WeakMap<ServiceDefinition, AclNames>();

/** Whether another app has the name; else `app` has it from now on. */
function isAnothers(name: string, app: string, takenBy: Map<string, string>): boolean {
  const other = takenBy.get(name);
  if (other === undefined) takenBy.set(name, app);
  return other !== undefined && other !== app;
}
