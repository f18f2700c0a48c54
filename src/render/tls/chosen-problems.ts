import type { CertificateTable } from '../../model/certificates/certificate.ts';
import { type TlsHosts, tlsValue } from '../../model/certificates/host-tls.ts';
import { isNewer, type TlsBounds } from './operator-versions.ts';
import type { TlsVersion } from '../../model/values/tls.ts';
import type { Problem } from '../../model/problem.ts';
import type { Service } from '../../model/service.ts';
import { allHosts } from '../../model/values/network/host-patterns.ts';

/**
 * Returns what is wrong with what labels choose: a version of TLS is newer than the operator allows; a certificate that one names is not there, or does
 * not name a host (a note).
 */
export function chosenProblems(
  services: readonly Service[],
  hosts: TlsHosts,
  table: CertificateTable,
  boundsOf: () => TlsBounds,
): readonly Problem[] {
  return hosts.size === 0 ? [] : [...versionProblems(services, boundsOf()), ...certificateProblems(services, hosts, table)];
}

function versionProblems(services: readonly Service[], { max }: TlsBounds): readonly Problem[] {
  if (max === undefined) return [];
  return services.flatMap(({ app, backend, index, typed, mode }): readonly Problem[] => {
    const wanted = tlsValue('TLS_MIN_VERSION', typed) as TlsVersion | undefined;
    if (wanted === undefined || mode !== 'http' || !isNewer(wanted, max)) return [];
    const label = `HAPROXY_${index}_TLS_MIN_VERSION`;
    const detail = `${label} does not count: it is ${wanted}, and the operator allows at most ${max}`;
    return [{ code: 'label-malformed', app, service: backend, label, detail, fix: `set it to ${max}, or ask the operator` }];
  });
}

function certificateProblems(
  services: readonly Service[],
  hosts: TlsHosts,
  { certificates }: CertificateTable,
): readonly Problem[] {
  return services.flatMap((service): readonly Problem[] => {
    const { app, backend, index, typed } = service;
    const name = tlsValue('CERT', typed);
    if (name === undefined || service.mode !== 'http') return [];
    const label = `HAPROXY_${index}_CERT`;
    const found = certificates.find((each) => each.name === name);
    if (found === undefined) {
      const detail = `${label} names ${name}, which is no certificate of this load balancer: its hosts have those that name them`;
      return [
        {
          code: 'label-malformed',
          app,
          service: backend,
          label,
          detail,
          fix: `put ${name} into the store, or name one that is there`,
        },
      ];
    }
    const names = new Set(found.hosts);
    const isNamed = (host: string): boolean => names.has(host) || names.has(`*${host.slice(host.indexOf('.'))}`);
    const others = allHosts(service).filter((host) => hosts.get(host)?.certificate === name && !isNamed(host));
    if (others.length === 0) return [];
    const detail = `${label}: the certificate ${name} does not name ${others.slice(0, 5).join(', ')}, so that browsers warn of it`;
    return [
      { code: 'certificate-other-host', app, service: backend, label, detail, fix: 'name a certificate that has these hosts' },
    ];
  });
}
