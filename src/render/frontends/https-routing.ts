/** Whether the rules of the shared HTTPS frontend fit the protocol that it offers. */
import type { RenderSettings } from '../../config/settings.ts';
import { offersHttp2, routesBySni } from '../../haproxy-config/http2.ts';
import type { TemplateName } from '../../model/labels/template-table.ts';
import type { Library } from '../templates/library.ts';

/** Returns a warning for each template of the operator with which a request over HTTP/2 may reach the app of another host. */
export function routingWarnings(settings: RenderSettings, library: Pick<Library, 'fill'>): readonly string[] {
  if (!settings.bindHttpHttps || settings.groupHttpsByVhost) return [];
  if (!offersHttp2(library.fill('HTTPS_FRONTEND_HEAD', { sslCerts: '' }), settings.haproxy)) return [];
  const remedy =
    'write "alpn http/1.1" on the bind line of HTTPS_FRONTEND_HEAD, or choose by the Host header (--https-routing host)';
  if (settings.defaults.httpsRouting !== 'host') {
    return [`template HAPROXY_HTTPS_FRONTEND_HEAD offers HTTP/2, but apps are chosen by SNI: ${WRONG_APP}; ${remedy}`];
  }
  return RULES.filter((name) => routesBySni(settings.templates[name] ?? '')).map(
    (name) => `template HAPROXY_${name} chooses by SNI, but the HTTPS frontend offers HTTP/2: ${WRONG_APP}; ${remedy}`,
  );
}

const WRONG_APP = 'a browser that reuses its connection for another host of the certificate reaches the wrong app';

const RULES: readonly TemplateName[] = [
  'MAP_HTTPS_FRONTEND_ACL',
  'HTTPS_FRONTEND_ACL',
  'HTTPS_FRONTEND_ACL_WITH_AUTH',
  'HTTPS_FRONTEND_ACL_WITH_PATH',
  'HTTPS_FRONTEND_ACL_WITH_AUTH_AND_PATH',
];
