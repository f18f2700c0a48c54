/** Traefik's services: where the tasks listen, and how they are asked. */
import type { AppPort } from './apps.ts';
import { differs, type Draft, lose, set } from './draft.ts';
import { durationOf, isTrue } from './go-values.ts';
import type { Options } from './labels.ts';

/** Returns the index of the app's port that a service is about, or, in a sentence, why none is. */
export function portIndexOf(service: Options | undefined, ports: readonly AppPort[]): number | { readonly fault: string } {
  const written = service?.take('loadbalancer.server.port')?.trim() ?? 'index:0';
  const [, way = 'number', value = written] = /^(index|name):(.*)$/.exec(written) ?? [];
  const index =
    way === 'index'
      ? Number(value)
      : ports.findIndex(({ number, name }) => (way === 'name' ? name === value : number === Number(value)));
  if (ports[index] !== undefined) return index;
  return {
    fault: `the app has no port ${way === 'number' ? '' : `with the ${way} `}${value}; the labels are by the index of its ports`,
  };
}

export function applyHttpService(service: Options, draft: Draft): void {
  applyScheme(service, draft);
  applySticky(service, draft);
  applyCheck(service, draft);
  if (!isTrue(service.take('loadbalancer.passhostheader') ?? 'true'))
    lose(draft, service.label('loadbalancer.passhostheader'), 'the tasks always get the host that the client asked for');
  loseRest(service, draft);
}

export function applyTcpService(service: Options, draft: Draft): void {
  const version = service.take('loadbalancer.proxyprotocol.version');
  const from = service.label('loadbalancer.proxyprotocol.version');
  if (version !== undefined) set(draft, 'PROXY_PROTOCOL', `v${version}`, from);
  loseRest(service, draft);
}

/** Notes the options that are still there. */
export function loseRest(options: Options, draft: Draft): void {
  for (const option of options.rest()) {
    const reason = REASONS.find(([name]) => `${option.toLowerCase()}.`.includes(name))?.[1];
    lose(draft, options.label(option.toLowerCase()), reason ?? 'no label does this');
  }
}

/** Parts of names of options, and why they have no counterpart. */
const REASONS: readonly (readonly [name: string, why: string])[] = [
  ['tls.certresolver.', 'certificates are given to the load balancer (--ssl-certs), which requests none itself'],
  ['tls.domains', 'certificates are given to the load balancer (--ssl-certs), which requests none itself'],
  ['tls.options.', 'the operator says which TLS is spoken, for all apps'],
  ['healthcheck.timeout.', 'no label says how long a check may take'],
  ['healthcheck.headers.', 'a check sends no headers of its own but the host'],
  ['healthcheck.port.', 'a check goes to the port that serves'],
  ['weighted.', 'Traefik reads it from files only; CANARY_OF and CANARY_WEIGHT of the other app give it a share'],
  ['serverstransport.', 'it is defined outside of the labels; look at BACKEND_CA and BACKEND_VERIFY_HOST'],
];

function applyScheme(service: Options, draft: Draft): void {
  const scheme = service.take('loadbalancer.server.scheme')?.toLowerCase() ?? 'http';
  const from = service.label('loadbalancer.server.scheme');
  if (scheme !== 'http') set(draft, 'BACKEND_PROTOCOL', scheme, from);
  const ofCheck = service.take('loadbalancer.healthcheck.scheme')?.toLowerCase() ?? scheme;
  if (ofCheck !== scheme) lose(draft, service.label('loadbalancer.healthcheck.scheme'), 'a check speaks what requests speak');
}

function applySticky(service: Options, draft: Draft): void {
  const from = service.label('loadbalancer.sticky.cookie');
  const take = (option: string): string | undefined => service.take(`loadbalancer.sticky${option}`);
  const isOn = [take(''), take('.cookie')].some((text) => text !== undefined && isTrue(text));
  const name = take('.cookie.name');
  const site = take('.cookie.samesite')?.toLowerCase();
  const attributes = [
    ...(isTrue(take('.cookie.secure') ?? '') ? ['Secure'] : []),
    ...(isTrue(take('.cookie.httponly') ?? '') ? ['HttpOnly'] : []),
    ...(site === undefined ? [] : [`SameSite=${site.slice(0, 1).toUpperCase()}${site.slice(1)}`]),
  ];
  if (!isOn && name === undefined && attributes.length === 0) return;
  set(draft, 'STICKY', 'true', from);
  if (name === undefined && attributes.length === 0) return;
  set(draft, 'STICKY_COOKIE', [name ?? 'mesosphere_server_id', ...attributes].join('; '), from);
}

function applyCheck(service: Options, draft: Draft): void {
  const label = (option: string): string => service.label(`loadbalancer.healthcheck.${option}`);
  const take = (option: string): string | undefined => service.take(`loadbalancer.healthcheck.${option}`);
  const path = take('path');
  const host = take('hostname');
  const interval = take('interval') ?? '30s';
  const method = take('method')?.toUpperCase() ?? 'GET';
  const mode = take('mode')?.toLowerCase() ?? 'http';
  if (mode !== 'http' || method !== 'GET') {
    lose(draft, label(mode === 'http' ? 'method' : 'mode'), 'a check is an HTTP request with GET');
    return;
  }
  if (path === undefined) return;
  if (isTrue(take('followredirects') ?? 'true')) {
    const told = service.label('loadbalancer.healthcheck.path');
    differs(draft, told, 'a redirect is a good answer, it is not followed');
  }
  set(draft, 'CHECK_PATH', path, label('path'));
  if (host !== undefined) set(draft, 'CHECK_HOST', host, label('hostname'));
  const time = durationOf(interval);
  if (time === undefined) lose(draft, label('interval'), 'it is no time');
  else set(draft, 'CHECK_INTERVAL', time, label('interval'));
}
