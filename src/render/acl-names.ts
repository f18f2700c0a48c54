/** ACLs of one name count as one ACL in HAProxy, whoever wrote them: names of different apps have to differ. */
import { hash } from 'node:crypto';
import { clean } from '../model/names.ts';
import type { ServiceDefinition } from '../model/service.ts';
import { cleanedUpHostname } from './names.ts';

/**
 * What the ACL names of a service get at their end, for the few services whose names are those of an app before them: `/a.b` and
 * `/a/b` both make `app__a_b`, and requests for the one would go to the other. All others keep the names of 1.15.
 */
export function aclSuffixes<S extends ServiceDefinition>(services: readonly S[]): ReadonlyMap<S, string> {
  const suffixes = new Map<S, string>();
  const takenBy = new Map<string, string>();
  for (const service of services) {
    let collides = false;
    for (const name of aclNames(service)) {
      const other = takenBy.get(name);
      if (other === undefined) takenBy.set(name, service.app);
      else collides ||= other !== service.app;
    }
    if (collides) suffixes.set(service, `_${hash('sha1', service.app).slice(0, 8)}`);
  }
  return suffixes;
}

const known = new WeakMap<ServiceDefinition, readonly string[]>();

function aclNames(service: ServiceDefinition): readonly string[] {
  let names = known.get(service);
  if (!names) {
    const vhost = service.vhosts[0];
    const app = `app_${clean(service.app)}`;
    names = vhost === undefined ? [app] : [app, `host_${cleanedUpHostname(vhost, service.app)}`];
    known.set(service, names);
  }
  return names;
}
