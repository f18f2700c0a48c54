/** The authorities of clients, and the options by which entries of the list of certificates name them. */
import type { RenderSettings } from '../../config/settings.ts';
import type { Certificate } from '../../model/certificates/certificate.ts';
import { type ClientCa, type ClientCas, digestOf } from '../../model/certificates/client-cas.ts';
import type { HostTls, TlsHosts } from '../../model/certificates/host-tls.ts';
import { isNewer, newerOf, type TlsBounds } from './operator-versions.ts';
import { splitCiphers } from '../../model/values/tls.ts';
import type { ClientCaFile } from '../files/client-ca.ts';

/** Returns the files of those that hosts name. */
export function clientCaFiles(cas: ClientCas | undefined, hosts: TlsHosts): readonly ClientCaFile[] {
  const named = new Set([...hosts.values()].map(({ client }) => client?.authority));
  const files = new Map<string, ClientCaFile>();
  for (const authority of cas?.all ?? []) {
    const name = fileName(authority);
    if (named.has(authority.name)) files.set(name, { kind: 'client authority', name, text: authority.text });
  }
  return [...files.values()].sort((one, other) => (one.name < other.name ? -1 : 1));
}

/** Returns the options of an entry, in the order in which HAProxy shows them. Whether it asks a responder has to be the same in all entries of a certificate. */
export function entryOptions(
  { client, ciphers = '', minVersion: wanted }: HostTls,
  { hasResponder }: Pick<Certificate, 'hasResponder'>,
  { clientCas, haproxyDir, haproxy, staplesOcsp }: Pick<RenderSettings, 'clientCas' | 'haproxyDir' | 'haproxy' | 'staplesOcsp'>,
  { min, max }: TlsBounds,
): string {
  const authority = clientCas?.all.find(({ name }) => name === client?.authority);
  const split = splitCiphers(ciphers);
  // With a version that the operator does not have, HAProxy would refuse the whole configuration.
  const isBeyond = wanted !== undefined && max !== undefined && isNewer(wanted, max);
  const minVersion = wanted === undefined || isBeyond ? undefined : newerOf(wanted, min);
  const isOld = client !== undefined && haproxy.resumesForOthers && newerOf(minVersion, min) !== 'TLSv1.3';
  return [
    ...(client === undefined || authority === undefined
      ? []
      : [`verify ${client.verify} ca-file ${haproxyDir}/${fileName(authority)}`]),
    ...(split.ciphers === '' ? [] : [`ciphers ${split.ciphers}`]),
    ...(split.suites === '' ? [] : [`ciphersuites ${split.suites}`]),
    ...(minVersion === undefined ? [] : [`ssl-min-ver ${minVersion}`]),
    // A session of TLS 1.2 keeps the name that it was made for.
    ...(isOld ? ['ssl-max-ver TLSv1.2'] : []),
    ...(staplesOcsp && hasResponder && haproxy.asksOcspResponders ? ['ocsp-update on'] : []),
  ].join(' ');
}

/** Returns a warning if HAProxy cannot do what `--ocsp-stapling` asks for. */
export function ocspWarnings({ staplesOcsp, haproxy }: Pick<RenderSettings, 'staplesOcsp' | 'haproxy'>): readonly string[] {
  if (!staplesOcsp || haproxy.asksOcspResponders) return [];
  return ['--ocsp-stapling has no effect: HAProxy asks OCSP responders from 3.0 on'];
}

function fileName(authority: Pick<ClientCa, 'text'>): string {
  return `marathon-lb-client-ca-${digestOf(authority)}.pem`;
}
