/** The sections of one service: its user list, its own frontend, its backend. */
import type { AuthScope } from '../../config/settings.ts';
import type { HaproxyFeatures } from '../../config/versions/version.ts';
import { serverName } from '../../model/names.ts';
import type { Service, ServiceDefinition } from '../../model/service.ts';
import { ignoresCase } from '../../model/values/paths.ts';
import { type Owner, type Section, ServerLine } from '../document.ts';
import { linesOf } from '../../haproxy-config/words.ts';
import type { Values } from '../templates/expand.ts';
import { frontendName, withFrontendName } from '../frontends/frontend-name.ts';
import { type BackendCheck, backendCheck, fillByOwn } from './health-check.ts';
import { labelLines, withLabelWords } from './label-lines.ts';
import type { Library } from '../templates/library.ts';
import { cookieValue, serverId } from '../names.ts';
import type { TemplateName } from '../templates/defaults.ts';

export function userlist(service: ServiceDefinition, owner: Owner, library: Library): Section | undefined {
  if (!service.auth) return undefined;
  const { user, password } = service.auth;
  const text = library.fill('USERLIST_HEAD', { backend: service.backend, user, passwd: password }, service.templates);
  return { kind: 'userlist', name: `user_${service.backend}`, owner, blocks: [{ text }] };
}

export function ownFrontend(service: ServiceDefinition, owner: Owner, library: Library, haproxy: HaproxyFeatures): Section {
  const { backend, servicePort, mode, bindAddr, sslCert, bindOptions, templates } = service;
  const head = {
    bindAddr,
    backend,
    servicePort,
    mode,
    sslCert: sslCert === undefined ? '' : ` ssl crt ${sslCert}`,
    bindOptions: bindOptions === undefined ? '' : ` ${library.bindOptions(bindOptions).text}`,
  };
  const texts = [
    withFrontendName(library.fill('FRONTEND_HEAD', head, templates), backend, haproxy),
    mode === 'tcp' ? library.tcpLines : '',
    labelLines('frontend', service),
    library.fill('FRONTEND_BACKEND_GLUE', { backend }, templates),
  ];
  return { kind: 'frontend', name: frontendName(backend, haproxy), owner, blocks: [{ text: texts.join('') }] };
}

export interface BackendOptions {
  /** Servers get no cookie of their own if the backend's template makes them of addresses. */
  readonly dynamicCookies?: boolean | undefined;
  /** `all`: the backend itself asks for the password of the label AUTH, whichever frontend a request comes from. */
  readonly authScope?: AuthScope | undefined;
}

export function ownBackend(service: Service, owner: Owner, library: Library, options: BackendOptions = {}): Section {
  const check = backendCheck(service, library);
  return {
    kind: 'backend',
    name: service.backend,
    owner,
    blocks: [{ text: backendText(service, check, library, options) }],
    servers: serverLines(service, check, library, options.dynamicCookies ?? false),
  };
}

function backendText(service: Service, check: BackendCheck, library: Library, { authScope }: BackendOptions): string {
  const { auth, backend, balance, mode, networkAllowed, templates } = service;
  const fill = (name: TemplateName, values: Values = {}) => library.fill(name, values, templates);
  // Joined in the end, as in expand.ts.
  const texts = [fill('BACKEND_HEAD', { backend, balance, mode })];
  if (mode === 'http' && auth && authScope === 'all') texts.push(login(backend, auth.realm));
  if (mode === 'http') texts.push(...httpOptions(service, fill));
  if (networkAllowed !== undefined) {
    const kind = mode === 'http' ? 'HTTP' : 'TCP';
    for (const range of networkAllowed.split(/\s+/).filter(Boolean)) {
      texts.push(fill(`${kind}_BACKEND_NETWORK_ALLOWED_ACL`, { network_allowed: range }));
    }
    texts.push(fill(`${kind}_BACKEND_ACL_ALLOW_DENY`));
  }
  if (service.sticky) texts.push(fill('BACKEND_STICKY_OPTIONS'));
  texts.push(check.options, labelLines('backend', service));
  return texts.join('');
}

/** No template: what a team writes into its labels must not take the password away that it asks for. */
function login(backend: string, realm: string): string {
  return `  http-request auth realm "${realm}" unless { http_auth(user_${backend}) }\n`;
}

function httpOptions(service: Service, fill: (name: TemplateName, values?: Values) => string): string[] {
  const { proxypassPath, revproxyPath, redirPath } = service;
  const hostname = service.hostname ?? 'None';
  const texts = service.hsts ? [fill('BACKEND_HSTS_OPTIONS')] : [];
  texts.push(fill('BACKEND_HTTP_OPTIONS'));
  if (proxypassPath !== undefined) {
    const requestHost = service.vhosts.length === 1 ? (service.vhosts[0] as string) : '%[req.hdr(host)]';
    const proxypath = withoutSlash(proxypassPath);
    const proxypattern = service.path !== undefined && ignoresCase(service.path) ? `(?i:${proxypath})` : proxypath;
    texts.push(fill('HTTP_BACKEND_PROXYPASS_GLUE', { hostname, requestHost, proxypath, proxypattern }));
  }
  if (revproxyPath !== undefined) {
    const values = { hostname, hostPattern: hostPattern(service.vhosts), rootpath: withoutSlash(revproxyPath) };
    texts.push(fill('HTTP_BACKEND_REVPROXY_GLUE', values));
  }
  if (redirPath !== undefined) texts.push(fill('HTTP_BACKEND_REDIR', { hostname, redirpath: redirPath }));
  return texts;
}

/** Returns a regular expression for any of the vhosts; for any host if there is none. */
function hostPattern(vhosts: readonly string[]): string {
  const quoted = vhosts.map((vhost) => vhost.replace(/[.*+?^${}()|[\]\\]/g, '\\$&'));
  if (quoted.length === 0) return '[^/:]+';
  return quoted.length === 1 ? (quoted[0] as string) : `(?:${quoted.join('|')})`;
}

function withoutSlash(path: string): string {
  return path.replace(/\/+$/, '');
}

function serverLines(service: Service, check: BackendCheck, library: Library, dynamicCookies: boolean): readonly ServerLine[] {
  const taken = new Set<number>();
  const cookies = cookieKind(service, library, dynamicCookies);
  const lines = service.servers.map((server) => {
    const name = serverName(server);
    const words = check.wordsOf(server);
    // Cookies have brought a check with them since 1.15.
    const checked = cookies === 'none' || words === undefined ? '' : ' check';
    const values: Values = {
      host: server.host,
      host_ipv4: server.ip,
      port: server.port,
      serverName: name,
      serverId: serverId(name, taken),
      cookieOptions: `${checked}${cookies === 'own' ? ` cookie ${cookieValue(name)}` : ''}`,
      healthCheckOptions: words ?? '',
      otherOptions: server.draining ? ' disabled' : '',
    };
    const rules = server.own ?? service;
    const text = withLabelWords(fillByOwn('BACKEND_SERVER_OPTIONS', values, rules, service, library), service, rules);
    return new ServerLine({ name: nameIn(text, name), taskId: server.taskId, text });
  });
  return withoutTwins(lines);
}

/** Returns the name that HAProxy gives the server: the task's, unless a template writes another one. */
function nameIn(text: string, name: string): string {
  return text.includes(name) ? name : (linesOf(text, 'server')[0]?.[1] ?? name);
}

/**
 * Returns the lines without repetitions. A template with a fixed address makes the same line of every task; HAProxy refuses
 * two servers of one name.
 */
function withoutTwins(lines: readonly ServerLine[]): readonly ServerLine[] {
  if (lines.length < 2) return lines;
  const seen = new Set<string>();
  return lines.filter(({ text }) => text.trim() === '' || (!seen.has(text) && seen.add(text)));
}

function cookieKind(service: Service, library: Library, dynamicCookies: boolean): 'none' | 'own' | 'dynamic' {
  if (!service.sticky) return 'none';
  return dynamicCookies && hasDynamicCookies(library.fill('BACKEND_STICKY_OPTIONS', {}, service.templates)) ? 'dynamic' : 'own';
}

/** Returns whether a backend's text makes the cookies of its servers of their addresses (HAProxy manual, `cookie ... dynamic`). */
export function hasDynamicCookies(text: string): boolean {
  return linesOf(text, 'cookie').some((words) => words.includes('dynamic', 2));
}
