import type { CertificateTable } from '../../model/certificates/certificate.ts';
import { type TlsHosts, tlsValue } from '../../model/certificates/host-tls.ts';
import type { Problem } from '../../model/problem.ts';
import type { Service } from '../../model/service.ts';
import { allHosts } from '../../model/values/network/host-patterns.ts';

/** Returns what is wrong with certificates that labels name: one is not there, or does not name a host (a note). */
export function chosenProblems(
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
