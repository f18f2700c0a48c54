/** Ways to a service past what its labels ask for, or to the wrong service. */
import type { ModelSettings } from '../../config/settings.ts';
import { routesBySni } from '../../haproxy-config/http2.ts';
import { isDefaultApp } from '../default-app.ts';
import type { Problem } from '../problem.ts';
import type { ServiceDefinition } from '../service.ts';
import { allHosts } from '../values/network/host-patterns.ts';

/** Returns what of a service is open although a label suggests that it is not; `hasAppId`: the app-id frontend leads to it. */
export function findBypasses(service: ServiceDefinition, hasAppId: boolean, settings: ModelSettings): readonly Problem[] {
  return [...withoutPassword(service, hasAppId, settings), ...bySni(service, settings)];
}

/** 1.15 asks for the password of AUTH on the shared frontends only. */
function withoutPassword(
  service: ServiceDefinition,
  hasAppId: boolean,
  { authScope, defaultApp }: ModelSettings,
): readonly Problem[] {
  const { app, index, backend: name, auth, mode, servicePort, templates, typed } = service;
  const isAsked = authScope === 'all' || typed?.['AUTH_USERS'] !== undefined;
  if (!auth || mode !== 'http' || isAsked || (allHosts(service).length === 0 && !isDefaultApp(service, defaultApp))) return [];
  const ways = [
    ...(templates['FRONTEND_HEAD']?.trim() === '' ? [] : [`at its service port ${servicePort}`]),
    ...(hasAppId ? ['by its app id on the app-id frontend'] : []),
  ];
  if (ways.length === 0) return [];
  const label = `HAPROXY_${index}_AUTH`;
  const detail = `${label} protects the host names only: without a password service ${index} is reached ${ways.join(' and ')}`;
  const fix = 'start the load balancer with --auth-scope all, or keep clients away from these ports';
  return [{ code: 'auth-open', app, service: name, label, detail, fix }];
}

function bySni({ app, index, backend, templates }: ServiceDefinition, { offersHttp2 }: ModelSettings): readonly Problem[] {
  if (offersHttp2 !== true) return [];
  const names = Object.keys(templates).filter((name) => /^(?:MAP_)?HTTPS_FRONTEND_/.test(name));
  return names
    .filter((name) => routesBySni(templates[name] ?? ''))
    .map((name) => {
      const label = `HAPROXY_${index}_${name}`;
      const detail = `${label} chooses by the name in the TLS hello (ssl_fc_sni): over HTTP/2 a browser sends requests for other hosts through the same connection, and this service gets them`;
      return { code: 'https-by-sni', app, service: backend, label, detail, fix: `choose by req.hdr(host) in ${label}` };
    });
}
