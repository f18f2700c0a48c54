/** The sections of one service: its user list, its own frontend, its backend (compatibility.md, section 6). */
import { serverName } from '../model/names.ts';
import { isCheckedByTcp } from '../model/template-use.ts';
import type { Service, ServiceDefinition } from '../model/service.ts';
import type { HealthCheck } from '../model/snapshot.ts';
import type { Owner, Section, ServerLine } from './document.ts';
import { hasDynamicCookies } from './dynamic-cookies.ts';
import type { Values } from './expand.ts';
import type { Library } from './library.ts';
import { cookieValue, serverId } from './names.ts';
import type { TemplateName } from './templates.ts';

export function userlist(service: ServiceDefinition, owner: Owner, library: Library): Section | undefined {
  if (!service.auth) return undefined;
  const { user, password } = service.auth;
  const text = library.fill('USERLIST_HEAD', { backend: service.backend, user, passwd: password }, service.templates);
  return { kind: 'userlist', name: `user_${service.backend}`, owner, blocks: [{ text }] };
}

export function ownFrontend(service: ServiceDefinition, owner: Owner, library: Library): Section {
  const { backend, servicePort, mode, bindAddr, sslCert, bindOptions, templates } = service;
  const head = {
    bindAddr,
    backend,
    servicePort,
    mode,
    sslCert: sslCert === undefined ? '' : ` ssl crt ${sslCert}`,
    bindOptions: bindOptions === undefined ? '' : ` ${library.bindOptions(bindOptions).text}`,
  };
  const texts = [library.fill('FRONTEND_HEAD', head, templates), library.fill('FRONTEND_BACKEND_GLUE', { backend }, templates)];
  return { kind: 'frontend', name: backend, owner, blocks: [{ text: texts.join('') }] };
}

/** `dynamicCookies`: servers get no cookie of their own where the backend's template makes them of addresses. */
export function ownBackend(service: Service, owner: Owner, library: Library, dynamicCookies = false): Section {
  return {
    kind: 'backend',
    name: service.backend,
    owner,
    blocks: [{ text: backendText(service, library) }],
    servers: serverLines(service, library, dynamicCookies),
  };
}

function backendText(service: Service, library: Library): string {
  const { backend, balance, mode, networkAllowed, templates } = service;
  const fill = (name: TemplateName, values: Values = {}) => library.fill(name, values, templates);
  // Joined in the end, as in expand.ts.
  const texts = [fill('BACKEND_HEAD', { backend, balance, mode })];
  if (mode === 'http') texts.push(...httpOptions(service, fill));
  if (networkAllowed !== undefined) {
    const kind = mode === 'http' ? 'HTTP' : 'TCP';
    for (const range of networkAllowed.split(/\s+/).filter(Boolean)) {
      texts.push(fill(`${kind}_BACKEND_NETWORK_ALLOWED_ACL`, { network_allowed: range }));
    }
    texts.push(fill(`${kind}_BACKEND_ACL_ALLOW_DENY`));
  }
  if (service.sticky) texts.push(fill('BACKEND_STICKY_OPTIONS'));
  const kind = checkKind(service);
  if (service.healthCheck && kind) {
    const values = checkValues(service, service.healthCheck, service.servers[0]?.port, false);
    texts.push(fill(`BACKEND_${kind}_HEALTHCHECK_OPTIONS`, values));
  }
  return texts.join('');
}

function httpOptions(service: Service, fill: (name: TemplateName, values?: Values) => string): string[] {
  const { proxypassPath, revproxyPath, redirPath } = service;
  const hostname = service.hostname ?? 'None';
  const texts = service.hsts ? [fill('BACKEND_HSTS_OPTIONS')] : [];
  texts.push(fill('BACKEND_HTTP_OPTIONS'));
  if (proxypassPath !== undefined) {
    const requestHost = service.vhosts.length === 1 ? (service.vhosts[0] as string) : '%[req.hdr(host)]';
    texts.push(fill('HTTP_BACKEND_PROXYPASS_GLUE', { hostname, requestHost, proxypath: withoutSlash(proxypassPath) }));
  }
  if (revproxyPath !== undefined) {
    const values = { hostname, hostPattern: hostPattern(service.vhosts), rootpath: withoutSlash(revproxyPath) };
    texts.push(fill('HTTP_BACKEND_REVPROXY_GLUE', values));
  }
  if (redirPath !== undefined) texts.push(fill('HTTP_BACKEND_REDIR', { hostname, redirpath: redirPath }));
  return texts;
}

/** A regular expression for any of the vhosts; without a vhost, for any host. */
function hostPattern(vhosts: readonly string[]): string {
  const quoted = vhosts.map((vhost) => vhost.replace(/[.*+?^${}()|[\]\\]/g, '\\$&'));
  if (quoted.length === 0) return '[^/:]+';
  return quoted.length === 1 ? (quoted[0] as string) : `(?:${quoted.join('|')})`;
}

function withoutSlash(path: string): string {
  return path.replace(/\/+$/, '');
}

function serverLines(service: Service, library: Library, dynamicCookies: boolean): readonly ServerLine[] {
  const taken = new Set<number>();
  const check = serverCheck(service, undefined, library);
  const cookies = cookieKind(service, library, dynamicCookies);
  return service.servers.map((server) => {
    const name = serverName(server);
    const { healthCheckPort } = server;
    const values: Values = {
      host: server.host,
      host_ipv4: server.ip,
      port: server.port,
      serverName: name,
      serverId: serverId(name, taken),
      cookieOptions: cookies === 'none' ? '' : cookies === 'dynamic' ? ' check' : ` check cookie ${cookieValue(name)}`,
      healthCheckOptions: healthCheckPort === undefined ? check : serverCheck(service, healthCheckPort, library),
      otherOptions: server.draining ? ' disabled' : '',
    };
    return { name, taskId: server.taskId, text: library.fill('BACKEND_SERVER_OPTIONS', values, service.templates) };
  });
}

function cookieKind(service: Service, library: Library, dynamicCookies: boolean): 'none' | 'own' | 'dynamic' {
  if (!service.sticky) return 'none';
  return dynamicCookies && hasDynamicCookies(library.fill('BACKEND_STICKY_OPTIONS', {}, service.templates)) ? 'dynamic' : 'own';
}

/** The same for all servers that are checked at their own port (`port` undefined). */
function serverCheck(service: Service, port: number | undefined, library: Library): string {
  const kind = checkKind(service);
  if (!service.healthCheck || !kind) return '';
  const values = checkValues(service, service.healthCheck, port, port !== undefined);
  return ` ${library.fill(`BACKEND_SERVER_${kind}_HEALTHCHECK_OPTIONS`, values, service.templates).trim()}`;
}

/** Which of the health check templates count; a COMMAND check on a service of mode http becomes an HTTP check (1.15). */
function checkKind(service: ServiceDefinition): 'HTTP' | 'TCP' {
  return isCheckedByTcp(service) ? 'TCP' : 'HTTP';
}

function checkValues(service: ServiceDefinition, check: HealthCheck, port: number | undefined, showPort: boolean): Values {
  const failures = check.maxConsecutiveFailures ?? 3;
  return {
    healthCheckPort: port ?? '',
    healthCheckPortIndex: check.portIndex ?? service.healthCheckPortIndex ?? 0,
    healthCheckProtocol: check.protocol ?? 'HTTP',
    healthCheckPath: check.path ?? '/',
    healthCheckTimeoutSeconds: check.timeoutSeconds ?? 20,
    healthCheckIntervalSeconds: check.intervalSeconds ?? 60,
    healthCheckGracePeriodSeconds: check.gracePeriodSeconds ?? 300,
    healthCheckMaxConsecutiveFailures: failures,
    healthCheckFalls: failures + 1,
    healthCheckPortOptions: showPort ? ` port ${port}` : '',
  };
}
