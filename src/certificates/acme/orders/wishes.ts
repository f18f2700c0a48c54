import type { AcmeSettings } from '../../../config/settings.ts';
import { allowsHost } from '../../../model/policy/rules/hosts.ts';
import type { Service } from '../../../model/service.ts';
import { ANY_HOST } from '../../../model/values/network/host-patterns.ts';
import { BY_ACME } from '../../../model/values/certificate-source.ts';
import type { Wish } from './plan-orders.ts';

/** Returns the hosts of the services that ask for it by their label; of all others, too, as far as that is wanted and possible. */
export function wishesOf(
  services: readonly Service[],
  { hosts, domains, dnsHook }: Pick<AcmeSettings, 'hosts' | 'domains' | 'dnsHook'>,
): readonly Wish[] {
  const wishes = new Map<string, Wish>();
  for (const { app, index, mode, vhosts, hostPatterns = [], typed } of services) {
    if (mode !== 'http') continue;
    const certificate = typed?.['CERT'];
    if (certificate !== BY_ACME && (certificate !== undefined || hosts !== 'all')) continue;
    // Hosts that are redirected are asked for by HTTPS, too.
    const redirected = ((typed?.['REDIRECT_FROM'] as string | undefined) ?? '').split(',').filter(Boolean);
    for (const host of [...vhosts, ...hostPatterns, ...redirected]) {
      if (host === ANY_HOST || wishes.has(host)) continue;
      const isAsked = certificate === BY_ACME;
      const isPossible =
        allowsHost({ hosts: domains }, host) && !host.startsWith('~') && (!host.startsWith('*') || dnsHook !== undefined);
      if (isAsked || isPossible) wishes.set(host, { host, app, index });
    }
  }
  return [...wishes.values()];
}
