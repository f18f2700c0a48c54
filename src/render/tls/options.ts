/** The authorities of clients, and the options by which entries of the list of certificates name them. */
import { hash } from 'node:crypto';
import type { RenderSettings } from '../../config/settings.ts';
import type { ClientCas } from '../../model/certificates/client-cas.ts';
import type { HostTls, TlsHosts } from '../../model/certificates/host-tls.ts';
import { splitCiphers } from '../../model/values/tls.ts';
import type { ClientCaFile } from '../files/client-ca.ts';

/** Returns the files of those that hosts name. */
export function clientCaFiles(cas: ClientCas | undefined, hosts: TlsHosts): readonly ClientCaFile[] {
  const named = new Set([...hosts.values()].map(({ client }) => client?.authority));
  const files = new Map<string, ClientCaFile>();
  for (const { name, text } of cas?.all ?? [])
    if (named.has(name)) files.set(fileName(text), { kind: 'client authority', name: fileName(text), text });
  return [...files.values()].sort((one, other) => (one.name < other.name ? -1 : 1));
}

/** Returns the options of an entry, in the order in which HAProxy shows them. */
export function entryOptions(
  { client, ciphers = '', minVersion }: HostTls,
  { clientCas, haproxyDir, haproxy }: Pick<RenderSettings, 'clientCas' | 'haproxyDir' | 'haproxy'>,
): string {
  const text = clientCas?.all.find(({ name }) => name === client?.authority)?.text;
  const split = splitCiphers(ciphers);
  const isOld = client !== undefined && haproxy.resumesForOthers && minVersion !== 'TLSv1.3';
  return [
    ...(client === undefined || text === undefined ? [] : [`verify ${client.verify} ca-file ${haproxyDir}/${fileName(text)}`]),
    ...(split.ciphers === '' ? [] : [`ciphers ${split.ciphers}`]),
    ...(split.suites === '' ? [] : [`ciphersuites ${split.suites}`]),
    ...(minVersion === undefined ? [] : [`ssl-min-ver ${minVersion}`]),
    // A session of TLS 1.2 keeps the name that it was made for.
    ...(isOld ? ['ssl-max-ver TLSv1.2'] : []),
  ].join(' ');
}

function fileName(text: string): string {
  return `marathon-lb-client-ca-${hash('sha256', text).slice(0, 16)}.pem`;
}
