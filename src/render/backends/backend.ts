/** The sections of one service: its user list, its own frontend, its backend. */
import type { AuthScope, RenderSettings, TemplateDefaults } from '../../config/settings.ts';
import { cacheName } from '../../model/labels/rows/cache.ts';
import type { HaproxyFeatures } from '../../config/versions/version.ts';
import { isCheckedByLabels } from '../../model/labels/rows/health.ts';
import { countersName, orPreflight } from '../../model/labels/rows/protection.ts';
import { withOpenPreflights } from '../frontends/preflights.ts';
import { hasLabelCookie } from '../../model/labels/rows/stickiness.ts';
import { serverName } from '../../model/names.ts';
import { hasOwnRules } from '../../model/own-rules.ts';
import type { Service, ServiceDefinition } from '../../model/service.ts';
import { withoutSlash } from '../../model/values/path-types.ts';
import { ignoresCase } from '../../model/values/paths.ts';
import { type Owner, type Section, ServerLine } from '../document.ts';
import { linesOf } from '../../haproxy-config/words.ts';
import type { Values } from '../templates/expand.ts';
import { type RuledService, withCanaries } from '../frontends/canaries.ts';
import { clientCheckLines } from '../tls/client-check.ts';
import { chosenLine, defaultLine, type ErrorPages, statusesOf } from '../error-pages/sections.ts';
import { levelLines, ownLogging } from '../frontends/access-log.ts';
import { withEntry, withoutTls } from '../frontends/entry.ts';
import { frontendName, withFrontendName } from '../frontends/frontend-name.ts';
import { type BackendCheck, backendCheck, fillByOwn } from './health-check.ts';
import { guardLines, labelLines, linesInto, serverWords, withLabelWords } from './label-lines.ts';
import type { Library } from '../templates/library.ts';
import { cookieValue, serverId } from '../names.ts';
import { type TemplateName, templates } from '../templates/defaults.ts';

export function userlist(service: ServiceDefinition, owner: Owner, library: Library): Section | undefined {
  const { auth, backend } = service;
  const users = linesInto('userlist', service);
  if (!auth && users === '') return undefined;
  const name = `user_${backend}`;
  const own = auth && library.fill('USERLIST_HEAD', { backend, user: auth.user, passwd: auth.password }, service.templates);
  return { kind: 'userlist', name, owner, blocks: [{ text: (own ?? `userlist ${name}\n`) + users }] };
}

/** Returns the section that counts what clients of a service do, which its backend asks. Returns undefined if none does. */
export function counters(service: ServiceDefinition, owner: Owner, sharesTables: boolean): Section | undefined {
  const lines = linesInto('counters', service, sharesTables);
  if (lines === '') return undefined;
  const name = countersName(service.backend);
  return { kind: 'counters', name, owner, blocks: [{ text: `backend ${name}\n${lines}` }] };
}

/** Returns the section that keeps answers of a service. Returns undefined if none are kept. */
export function cache(service: ServiceDefinition, owner: Owner): Section | undefined {
  const lines = linesInto('cache', service);
  if (lines === '') return undefined;
  const name = cacheName(service.backend);
  return { kind: 'cache', name, owner, blocks: [{ text: `cache ${name}\n${lines}` }] };
}

/** `choice`: the lines that choose between the service and its canaries. */
export function ownFrontend(
  service: RuledService,
  owner: Owner,
  library: Library,
  settings: RenderSettings,
  choice: string,
  errorPages: ErrorPages | undefined,
): Section {
  const { backend, servicePort, mode, bindAddr, sslCert, bindOptions, templates } = service;
  const head = {
    bindAddr,
    backend,
    servicePort,
    mode,
    sslCert: sslCert === undefined ? '' : ` ssl crt ${sslCert}`,
    bindOptions: bindOptions === undefined ? '' : ` ${library.bindOptions(bindOptions).text}`,
  };
  const own = withFrontendName(library.fill('FRONTEND_HEAD', head, templates), backend, settings.haproxy);
  const texts = [
    withEntry(own, mode, settings, ownLogging(service, settings.defaults)),
    mode === 'tcp' ? library.tcpLines : defaultLine(errorPages),
    linesInto('frontend', service),
    choice,
    withCanaries(library.fill('FRONTEND_BACKEND_GLUE', { backend }, templates), service),
  ];
  return { kind: 'frontend', name: frontendName(backend, settings.haproxy), owner, blocks: [{ text: texts.join('') }] };
}

export interface BackendOptions {
  /** `all`: the backend itself asks for the password of the label AUTH, whichever frontend a request comes from. */
  readonly authScope?: AuthScope | undefined;
  readonly haproxy: HaproxyFeatures;
  /** What the default templates are filled with. */
  readonly defaults: TemplateDefaults;
  /** Of the configuration and the files beside it. */
  readonly folder?: string | undefined;
  /** Path of the map of labels. */
  readonly labelMap: string;
  /** Other load balancers know the tables of clients, too. */
  readonly sharesTables?: boolean;
  readonly errorPages?: ErrorPages | undefined;
}

export function ownBackend(service: Service, owner: Owner, library: Library, options: BackendOptions): Section {
  const check = backendCheck(service, library);
  return {
    kind: 'backend',
    name: service.backend,
    owner,
    blocks: [{ text: backendText(service, check, library, options) }],
    servers: serverLines(service, check, library, options.defaults.dynamicCookies ?? false),
  };
}

function backendText(
  service: Service,
  check: BackendCheck,
  library: Library,
  { authScope, defaults, folder = '', haproxy, labelMap, sharesTables = false, errorPages }: BackendOptions,
): string {
  const { auth, backend, balance, mode } = service;
  const fill: Fill = (name, values = {}) => library.fill(name, values, service.templates);
  // Joined in the end, as in expand.ts.
  const levels = levelLines(service, haproxy);
  const texts = [fill('BACKEND_HEAD', { backend, balance, mode }), levels.first];
  // Before the app's own templates, which may have other pages.
  if (mode === 'http') texts.push(defaultLine(errorPages));
  // Before what asks for a password: nobody else is to see that.
  if (service.clientCheck !== undefined) texts.push(clientCheckLines(service.clientCheck, haproxy, defaults));
  if (mode === 'http' && (hasOwnRules(service) || service.asksItself)) texts.push(...ownGuards(service, authScope, defaults));
  if (mode === 'http' && auth && authScope === 'all') texts.push(login(service, auth.realm));
  if (mode === 'http') texts.push(...httpOptions(service, fill));
  // Labels refuse and answer requests as clients sent them: before a prefix is cut off the path.
  if (service.typed !== undefined)
    texts.push(
      ...networkRules(service, fill),
      guardLines(service, labelMap, { folder, errorPages: statusesOf(service, errorPages) }),
    );
  if (mode === 'http') texts.push(...pathOptions(service, fill));
  if (service.typed === undefined) texts.push(...networkRules(service, fill));
  if (service.sticky && !hasLabelCookie(service)) texts.push(fill('BACKEND_STICKY_OPTIONS'));
  texts.push(check.options, labelLines(service, labelMap, sharesTables), chosenLine(service, errorPages), levels.last);
  return texts.join('');
}

/** No template: what a team writes into its labels must not take the password away that it asks for. */
function login({ backend, typed }: Service, realm: string): string {
  return `  http-request auth realm "${realm}" unless { http_auth(user_${backend}) }${orPreflight(typed)}\n`;
}

/**
 * Returns what the rules of a service for host names do in the shared frontends. Its own rules only choose a backend: HAProxy runs
 * redirects and logins of a frontend before it chooses one, so that they would be for requests of others too.
 */
function ownGuards(service: Service, authScope: AuthScope | undefined, defaults: TemplateDefaults): string[] {
  const { backend, mainBackend, auth, redirectToHttps } = service;
  const own = [backend, ...(mainBackend === undefined ? [] : [mainBackend])].flatMap((name) => [name, `${name}_in`]);
  const isDirect = `{ fe_name ${own.join(' ')} marathon_http_appid_in }`;
  const texts: string[] = [];
  if (redirectToHttps) texts.push(`  http-request redirect scheme https code 301 if ${withoutTls(defaults)} !${isDirect}\n`);
  if (auth && authScope !== 'all') {
    const login = `  http-request auth realm "${auth.realm}" if !${isDirect} !{ http_auth(user_${backend}) }\n`;
    texts.push(withOpenPreflights(login, service));
  }
  return texts;
}

type Fill = (name: TemplateName, values?: Values) => string;

function httpOptions(service: Service, fill: Fill): string[] {
  return [...(service.hsts ? [fill('BACKEND_HSTS_OPTIONS')] : []), fill('BACKEND_HTTP_OPTIONS')];
}

/** Returns who may reach the backend. */
function networkRules({ mode, networkAllowed, typed }: Service, fill: Fill): string[] {
  if (networkAllowed === undefined) return [];
  const kind = mode === 'http' ? 'HTTP' : 'TCP';
  const ranges = networkAllowed.split(/\s+/).filter(Boolean);
  const acls = ranges.map((range) => fill(`${kind}_BACKEND_NETWORK_ALLOWED_ACL`, { network_allowed: range }));
  const rules = fill(`${kind}_BACKEND_ACL_ALLOW_DENY`);
  // `allow` would pass over the rules of labels, which come after it.
  const isShort = typed !== undefined && rules === templates[`${kind}_BACKEND_ACL_ALLOW_DENY`].default;
  return [...acls, isShort ? DENY_OTHERS[mode] : rules];
}

const DENY_OTHERS = {
  http: '  http-request deny unless network_allowed\n',
  tcp: '  tcp-request content reject unless network_allowed\n',
};

/** Returns what is changed in paths. */
function pathOptions(service: Service, fill: Fill): string[] {
  const { proxypassPath, revproxyPath, redirPath } = service;
  const hostname = service.hostname ?? 'None';
  const texts: string[] = [];
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

function serverLines(service: Service, check: BackendCheck, library: Library, dynamicCookies: boolean): readonly ServerLine[] {
  const taken = new Set<number>();
  const cookies = cookieKind(service, library, dynamicCookies);
  const own = serverWords(service, service);
  const isChecked = isCheckedByLabels(service);
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
    const filled = fillByOwn('BACKEND_SERVER_OPTIONS', values, rules, service, library);
    const text = withLabelWords(
      filled,
      rules === service ? own : serverWords(service, rules),
      isChecked ? (words ?? '').trim() : '',
    );
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
  if (hasLabelCookie(service)) return 'own';
  if (!service.sticky) return 'none';
  return dynamicCookies && hasDynamicCookies(library.fill('BACKEND_STICKY_OPTIONS', {}, service.templates)) ? 'dynamic' : 'own';
}

/** Returns whether a backend's text makes the cookies of its servers of their addresses (HAProxy manual, `cookie ... dynamic`). */
export function hasDynamicCookies(text: string): boolean {
  return linesOf(text, 'cookie').some((words) => words.includes('dynamic', 2));
}
