/** The access log: a line for each request, and for each connection of mode tcp. */
import type { RenderSettings, TemplateDefaults } from '../../config/settings.ts';
import { linesOf } from '../../haproxy-config/words.ts';
import { accessLogOf, isLogged } from '../../model/labels/rows/answers.ts';
import type { Service, ServiceDefinition } from '../../model/service.ts';
import type { MapFile } from '../files/map.ts';
import { BACKEND_MAP } from '../files/map.ts';
import type { RuledService } from './canaries.ts';
import { TLS_ENTRY } from '../names.ts';

/** What a frontend writes: `all`; `listed`, of those services whose label ACCESS_LOG asks for it; `errors`, of mode tcp; `none`, nothing at all. */
export type Logging = 'all' | 'listed' | 'errors' | 'none';

/** Returns what the frontends of several services write. Returns undefined if that is not said: a line for each connection, as 1.15. */
export function sharedLogging(services: readonly LoggedService[], { accessLog }: TemplateDefaults): Logging | undefined {
  if (accessLog !== undefined) return 'all';
  const isShared = ({ mode, tlsHosts }: LoggedService): boolean => mode === 'http' || tlsHosts !== undefined;
  return services.some((service) => isShared(service) && isLogged(service)) ? 'listed' : undefined;
}

type LoggedService = ServiceDefinition & Pick<Service, 'tlsHosts'>;

/** Returns what the own frontend of a service writes. */
export function ownLogging(service: RuledService, { accessLog }: TemplateDefaults): Logging | undefined {
  const own = accessLogOf(service);
  if (service.mode === 'http') {
    if (accessLog !== undefined) return 'all';
    return isLogged(service) || service.canaries?.some((canary) => canary.isLogged) === true ? 'listed' : undefined;
  }
  if (own === undefined) return accessLog === undefined ? undefined : 'all';
  return own === 'errors' ? 'errors' : own === 'on' ? 'all' : accessLog === undefined ? undefined : 'none';
}

/** Returns the lines of a frontend; none if its head says itself what is logged. `map`: path of the map of backends. */
export function logLines(
  logging: Logging | undefined,
  mode: 'http' | 'tcp',
  head: string,
  defaults: TemplateDefaults,
  map: string,
): readonly string[] {
  if (logging === undefined || hasOwnFormat(head)) return [];
  if (logging === 'none') return ['no log'];
  // A label asks for lines, and no option for JSON.
  const format = defaults.accessLog ?? 'http';
  const line = `log-format '${FORMATS[format][mode](`be_name,map(${map})`, defaults.requestId !== undefined)}'`;
  if (mode === 'tcp') {
    const which = { all: [], errors: ['option dontlog-normal'], listed: [`tcp-request content ${SILENT}`] }[logging];
    return [line, ...which];
  }
  const plain = format === 'json' ? '' : ',regsub("[^!#-~]",?,g)';
  return [
    line,
    `http-request set-var(txn.log_host) req.fhdr(host)${plain},bytes(0,255)`,
    `http-request set-var(txn.log_path) path${plain},bytes(0,1024)`,
    ...(logging === 'listed' ? [`http-request ${SILENT}`] : []),
  ];
}

/**
 * Returns what the frontend of mode tcp writes that chooses a frontend of mode http by the name in the TLS hello. That one logs requests: of
 * the connections to it only those that fail before it are logged, or none if others are passed on.
 */
export function entryLogging(services: readonly Pick<Service, 'tlsHosts'>[], logging: Logging | undefined): Logging | undefined {
  if (services.some(({ tlsHosts }) => tlsHosts !== undefined)) return logging;
  return logging === 'all' ? 'errors' : undefined;
}

/** Returns the line of a backend that leads to a frontend of mode http, after an entry that writes this. */
export function innerLogLine(entry: Logging | undefined): string {
  return entry === 'all' ? `  tcp-request content ${SILENT}\n` : '';
}

const SILENT = 'set-log-level silent';

/** Frontends that pass connections on by the name in the TLS hello. */
const TLS_ENTRIES = [TLS_ENTRY, 'marathon_https_in'];

/**
 * Returns the lines of a backend that say which of its requests, or of the connections that are passed on to it, are logged; the last ones
 * stand behind all others. HAProxy cannot choose the connections that fail by their backend: of those passed on, `errors` logs none.
 */
export function levelLines(
  service: LoggedService,
  { setsLogLevelAtEnd }: RenderSettings['haproxy'],
): { readonly first: string; readonly last: string } {
  const own = service.mode === 'http' || service.tlsHosts !== undefined ? accessLogOf(service) : undefined;
  if (own === undefined) return { first: '', last: '' };
  if (service.mode === 'tcp') {
    const level = own === 'on' ? 'set-log-level info' : SILENT;
    // Its own frontend, which leads to nothing else, says itself which connections are logged.
    return { first: `  tcp-request content ${level} if { fe_name ${TLS_ENTRIES.join(' ')} }\n`, last: '' };
  }
  const answer = setsLogLevelAtEnd ? 'http-after-response' : 'http-response';
  return {
    first: `  http-request set-log-level ${own === 'off' ? 'silent' : 'info'}\n`,
    last: own === 'errors' ? `  ${answer} ${SILENT} if { status lt 400 }\n` : '',
  };
}

/** Returns the map by which a line names the app of a backend. Returns undefined if no frontend logs. */
export function backendMap(services: readonly ServiceDefinition[], defaults: TemplateDefaults): MapFile | undefined {
  if (defaults.accessLog === undefined && !services.some(isLogged)) return undefined;
  return { kind: 'map', name: BACKEND_MAP, entries: services.map(({ backend, app }) => [backend, app]) };
}

/** Returns a warning for each template of the operator that keeps lines from being written, or cuts them. */
export function logWarnings({ templates, defaults }: RenderSettings): readonly string[] {
  if (defaults.accessLog === undefined) return [];
  const { HEAD: head, ...others } = templates;
  const warnings = Object.entries(others)
    .filter(([name, text]) => name.endsWith('FRONTEND_HEAD') && hasOwnFormat(text))
    .map(([name]) => `template HAPROXY_${name} says itself what is logged: --access-log has no effect there`);
  if (head === undefined) return warnings;
  const targets = linesOf(head, 'log');
  if (!targets.some(([, target]) => target === 'global'))
    warnings.push('template HAPROXY_HEAD has no line "log global" in its defaults section: --access-log may write nothing');
  const short = targets.find((words) => words[1] !== 'global' && words[2] !== 'len');
  if (short !== undefined)
    warnings.push(
      `template HAPROXY_HEAD has a line "${short.join(' ')}", which cuts what is logged after 1024 bytes: write "log ${short[1]} len ${LOG_LENGTH} ${short.slice(2).join(' ')}" for --access-log`,
    );
  return warnings;
}

/** More bytes than a line can have. */
export const LOG_LENGTH = 8192;

function hasOwnFormat(head: string): boolean {
  return (
    linesOf(head, 'log-format').length > 0 || linesOf(head, 'option').some(([, name = '']) => /^(?:http|tcp)s?log$/.test(name))
  );
}

/** HAProxy 2.6 has no time with milliseconds, and no JSON of its own. The first is made of a number that begins with 1. */
const TIME = '%[date,utime("%Y-%m-%dT%H:%M:%S")]%[date(0,ms),mod(1000),add(1000),regsub(^1,.)]Z';

type Format = (app: string, hasId: boolean) => string;

/** Every value of a client is escaped; names of sections and servers are of letters, digits and `._:-`. */
const FORMATS: Readonly<Record<NonNullable<TemplateDefaults['accessLog']>, Readonly<Record<'http' | 'tcp', Format>>>> = {
  json: {
    http: (app, hasId) =>
      `{"time":"${TIME}","client":"%ci","frontend":"%f","app":"%[${app}]","service":"%b","task":"%s","method":"%[capture.req.method,json(utf8s)]",` +
      '"host":"%[var(txn.log_host),json(utf8s)]","path":"%[var(txn.log_path),json(utf8s)]","protocol":"%[capture.req.ver]","status":%ST,"bytes":%B,' +
      '"times":{"request":%TR,"queue":%Tw,"connect":%Tc,"response":%Tr,"total":%Ta},' +
      `"tls":"%[ssl_fc_protocol]","cipher":"%[ssl_fc_cipher]","state":"%tsc"${hasId ? ',"id":"%[var(txn.log_id)]"' : ''}}`,
    tcp: (app) =>
      `{"time":"${TIME}","client":"%ci","frontend":"%f","app":"%[${app}]","service":"%b","task":"%s","bytes":%B,` +
      '"times":{"queue":%Tw,"connect":%Tc,"total":%Tt},"tls":"%[ssl_fc_protocol]","cipher":"%[ssl_fc_cipher]","state":"%ts"}',
  },
  http: {
    http: (app, hasId) =>
      '%ci:%cp [%tr] %ft %b/%s %TR/%Tw/%Tc/%Tr/%Ta %ST %B %CC %CS %tsc %ac/%fc/%bc/%sc/%rc %sq/%bq %hr %hs ' +
      `"%[capture.req.method] %[var(txn.log_path)] %[capture.req.ver]" host="%[var(txn.log_host)]" app=%[${app}] tls=%sslv/%sslc${hasId ? ' id=%[var(txn.log_id)]' : ''}`,
    tcp: (app) => `%ci:%cp [%t] %ft %b/%s %Tw/%Tc/%Tt %B %ts %ac/%fc/%bc/%sc/%rc %sq/%bq app=%[${app}] tls=%sslv/%sslc`,
  },
};
