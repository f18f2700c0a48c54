import type { RenderSettings } from '../../config/settings.ts';
import { CRT_LIST } from '../files/crt-list.ts';

/** Returns the words of a `bind` line that name its certificates: a service's own, the list, or those of `--ssl-certs`. */
export function certificateWords(
  { sslCerts, listsCertificates, haproxyDir }: Pick<RenderSettings, 'sslCerts' | 'listsCertificates' | 'haproxyDir'>,
  own: readonly string[] = [],
): string {
  if (own.length === 0 && listsCertificates === true) return `crt-list ${haproxyDir}/${CRT_LIST}`;
  return (own.length > 0 ? own : sslCerts).map((path) => `crt ${path}`).join(' ');
}
