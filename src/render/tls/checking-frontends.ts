/** The frontends whose connections are checked as the list of certificates says. */
import type { RenderSettings } from '../../config/settings.ts';
import { leavesClientsToList } from '../../haproxy-config/client-certificates.ts';
import type { Service } from '../../model/service.ts';
import { CRT_LIST } from '../files/crt-list.ts';
import { certificateWords } from '../frontends/certificate-words.ts';
import { unverifiedFrontends } from '../frontends/vhosts.ts';
import type { Library } from '../templates/library.ts';

/**
 * Returns the name of the frontend that has the connections for a host; undefined: there is none, or who writes its bind line lets in clients whom the
 * list does not name.
 */
export function checkingFrontends(
  services: readonly Service[],
  settings: RenderSettings,
  library: Pick<Library, 'fill'>,
): (host: string) => string | undefined {
  if (!settings.bindHttpHttps) return () => undefined;
  const list = `${settings.haproxyDir}/${CRT_LIST}`;
  const sslCerts = certificateWords(settings);
  if (settings.groupHttpsByVhost) {
    const head = library.fill('HTTPS_GROUPED_VHOST_FRONTEND_HEAD', { name: 'name', sslCerts, bindOpts: '', host: 'host' });
    const frontends = leavesClientsToList(head, list) ? unverifiedFrontends(services, settings.haproxy) : undefined;
    return (host) => frontends?.get(host);
  }
  const head = library.fill('HTTPS_FRONTEND_HEAD', { sslCerts });
  const name = leavesClientsToList(head, list) ? Array.from(head.matchAll(FRONTEND)).at(-1)?.[1] : undefined;
  return () => name;
}

const FRONTEND = /^[ \t]*frontend[ \t]+(\S+)/gm;
