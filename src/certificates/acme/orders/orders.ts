import type { AcmeAnswer, AcmeSettings } from '../../../config/settings.ts';
import type { Problem } from '../../../model/problem.ts';
import type { Service } from '../../../model/service.ts';
import type { Acme } from '../acme.ts';
import { REFUSALS, refusalOf } from './plan-orders.ts';
import type { HostOrder } from './situation.ts';
import { wishesOf } from './wishes.ts';

/** Orders of certificates as a pass sees them. */
export interface Orders {
  /** Returns what HAProxy is to answer for orders; undefined: it is not known. */
  answer(): AcmeAnswer | undefined;
  /** Returns the hosts of services that get no certificate, or no new one, and why. */
  problems(services: readonly Service[]): readonly Problem[];
  /** Takes the services that HAProxy serves, with the last answer. */
  served(services: readonly Service[]): void;
}

export function createOrders(acme: Pick<Acme, 'answer' | 'hosts' | 'want'>, settings: AcmeSettings): Orders {
  let given: AcmeAnswer | undefined;
  return {
    answer: () => (given = acme.answer()),
    problems: (services) => orderProblems(services, settings, acme.hosts()),
    served: (services) => acme.want(wishesOf(services, settings), given),
  };
}

/** Returns the hosts of services that get no certificate, or no new one, and why; `hosts`: what became of orders. */
export function orderProblems(
  services: readonly Service[],
  settings: AcmeSettings,
  hosts: readonly HostOrder[] = [],
): readonly Problem[] {
  const failed = new Map(hosts.flatMap((each) => (each.state === 'failed' ? [[each.host, each] as const] : [])));
  const { domains, dnsHook } = settings;
  return wishesOf(services, settings).flatMap(({ host, app, index }): Problem[] => {
    const refusal = refusalOf(host, { domains, hasDnsHook: dnsHook !== undefined });
    const order = failed.get(host);
    if (refusal === undefined && order === undefined) return [];
    const detail =
      refusal === undefined
        ? `the order of a certificate for ${host} failed: ${order?.why ?? ''}; what is served stays, next try ${order?.next ?? ''}`
        : `${host} ${REFUSALS[refusal]}`;
    return [{ code: 'certificate-order', app, label: `HAPROXY_${index}_${settings.hosts === 'all' ? 'VHOST' : 'CERT'}`, detail }];
  });
}
