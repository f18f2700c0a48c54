/** Whose certificates and options the HTTPS connections for a host have: with `--group-https-by-vhost`, or if labels choose them. */
import { canHaveTls, TLS_LABELS, tlsValue } from '../certificates/host-tls.ts';
import { hostClaims } from './claimed-hosts.ts';
import { byStanding, type Holders, isHolder } from './holders.ts';
import { hostClaim } from './host-conflicts.ts';
import type { Problem } from '../problem.ts';
import type { Service } from '../service.ts';
import { allHosts } from '../values/network/host-patterns.ts';
import { sharing } from '../../lib/share-key.ts';

export interface VhostHolders {
  /** Hosts that a service shares with other apps, and whose options are its own. */
  readonly leads: ReadonlyMap<Service, readonly string[]>;
  /** Apps by what their key in here says they hold. */
  readonly won: ReadonlyMap<string, string>;
}

/**
 * Decides for each host that several apps have: the app that held it before, even if it shares it since then, then that whose definition is
 * older. Certificates and options of the others are reported, as they do not count there. `without`: hosts that services lost.
 */
export function resolveVhosts(
  services: readonly Service[],
  without: ReadonlyMap<Service, ReadonlySet<string>>,
  holders: Holders,
  problems: Problem[],
  isGrouped = true,
): VhostHolders {
  const leads = new Map<Service, string[]>();
  const won = new Map<string, string>();
  const groups = sharing(services, (service) => allHosts(service).filter((host) => !without.get(service)?.has(host)));
  for (const [host, group] of groups) {
    if (group.every(({ app }) => app === group[0]?.app)) continue;
    const key = `vhost ${host}`;
    const hadAll = (service: Service): boolean => isHolder(holders, key, service.app);
    const hadPart = (service: Service): boolean => isHolder(holders, hostClaim(host, hostClaims(service).paths), service.app);
    const [holder, ...others] = group.toSorted((a, b) => Number(hadAll(b)) - Number(hadAll(a)) || byStanding(hadPart)(a, b)) as [
      Service,
      ...Service[],
    ];
    won.set(key, holder.app);
    for (const service of group) {
      if (service.app !== holder.app) continue;
      const hosts = leads.get(service);
      if (hosts) hosts.push(host);
      else leads.set(service, [host]);
    }
    for (const other of others) {
      if (isGrouped) problems.push(...ignored(other, holder, host));
      problems.push(...ignoredTls(other, holder, host));
    }
  }
  return { leads, won };
}

/** Returns what of a service does not count on the HTTPS frontend of a host. */
function ignored(service: Service, holder: Service, host: string): readonly Problem[] {
  if (service.app === holder.app) return [];
  const { app, index, backend } = service;
  return (['bindOptions', 'sslCert'] as const).flatMap((name): readonly Problem[] => {
    if (service[name] === undefined || service[name] === holder[name]) return [];
    const label = `HAPROXY_${index}_${name === 'sslCert' ? 'SSL_CERT' : 'BIND_OPTIONS'}`;
    const detail = `${label} does not count for ${host} on HTTPS: the certificates and options of that host are those of ${holder.app}, which has the older right`;
    return [
      {
        code: 'vhost-conflict',
        app,
        service: backend,
        label,
        detail,
        fix: `set it in ${holder.app}, or HAPROXY_${index}_VHOST to another host`,
      },
    ];
  });
}

/** Returns what labels of a service choose for a host that another app decides about. */
function ignoredTls({ app, index, backend, typed }: Service, holder: Service, host: string): readonly Problem[] {
  if (app === holder.app || !canHaveTls(host)) return [];
  return TLS_LABELS.flatMap((name): readonly Problem[] => {
    const value = tlsValue(name, typed);
    if (value === undefined || value === tlsValue(name, holder.typed)) return [];
    const label = `HAPROXY_${index}_${name}`;
    const detail = `${label} does not count for ${host}: its connections are as the labels of ${holder.app} say, which has the older right`;
    const fix = `set it in ${holder.app}, or HAPROXY_${index}_VHOST to another host`;
    return [{ code: 'vhost-conflict', app, service: backend, label, detail, fix }];
  });
}
