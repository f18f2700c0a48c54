/** The health check of a backend and of its servers, which may have been started from different definitions. */
import { checkKind, checkPath, isCheckShared } from '../../model/tasks/check.ts';
import { checkOfLabels, hostLine, isCheckedByLabels } from '../../model/labels/rows/health.ts';
import { leadOf } from '../../model/groups/join-sides.ts';
import { serverName } from '../../model/names.ts';
import type { OwnRules, Server, Service } from '../../model/service.ts';
import type { HealthCheck } from '../../model/workload.ts';
import { withCheckPaths } from './check-paths.ts';
import type { Values } from '../templates/expand.ts';
import { type Library, OverrideError } from '../templates/library.ts';
import type { TemplateName } from '../templates/defaults.ts';

export interface BackendCheck {
  /** Options of the backend. */
  readonly options: string;
  /** Words of a server's line; undefined: HAProxy must not check this server. */
  wordsOf(server: Server): string | undefined;
}

export function backendCheck(service: Service, library: Library): BackendCheck {
  if (checkOfLabels(service) !== undefined) return labelCheck(service);
  const check = templateCheck(service, library);
  if (!isCheckedByLabels(service)) return check;
  return { ...check, wordsOf: (server) => (check.wordsOf(server) === '' ? CHECK : check.wordsOf(server)) };
}

const CHECK = ' check';

/** The options are lines of labels, in the place of templates. A server of another definition that asks for something else is not checked. */
function labelCheck(service: Service): BackendCheck {
  const wanted = checkOfLabels(service);
  return {
    options: '',
    wordsOf: ({ own = service, healthCheckPort: port }) => {
      if (checkOfLabels(own) !== wanted) return undefined;
      return port === undefined ? CHECK : `${CHECK} port ${port}`;
    },
  };
}

function templateCheck(service: Service, library: Library): BackendCheck {
  const owns = new Set(service.servers.flatMap(({ own }) => own ?? []));
  return owns.size === 0 ? commonCheck(service, library) : mixedCheck(service, [...owns], library);
}

/** All servers are checked alike. */
function commonCheck(service: Service, library: Library): BackendCheck {
  const check = serverCheck(service, service, undefined, library);
  return {
    options: optionsOf(service, service, service.servers[0]?.port, library),
    wordsOf: ({ healthCheckPort }) =>
      healthCheckPort === undefined ? check : serverCheck(service, service, healthCheckPort, library),
  };
}

function mixedCheck(service: Service, owns: readonly OwnRules[], library: Library): BackendCheck {
  const lead = leadOf<OwnRules>([service, ...owns]);
  const rulesOf = ({ own }: Server): OwnRules => own ?? service;
  const shared = new Set([service, ...owns].filter((rules) => rules.healthCheck && isCheckShared(rules, lead, service.mode)));
  const path = checkPath(lead.healthCheck);
  const byPath = new Map<string, string[]>();
  for (const server of service.servers) {
    const own = checkPath(rulesOf(server).healthCheck);
    if (checkKind(lead, service.mode) === 'TCP' || !shared.has(rulesOf(server)) || own === path) continue;
    byPath.set(own, [...(byPath.get(own) ?? []), serverName(server)]);
  }
  const seconds = [...shared].map(({ healthCheck }) => timeoutOf(healthCheck));
  const first = service.servers.find((server) => rulesOf(server) === lead) ?? service.servers[0];
  const plain = optionsOf(service, lead, first?.port, library, Math.max(...seconds));
  const options = withCheckPaths(plain, path, byPath);
  const canCheck = (rules: OwnRules): boolean => {
    // Without options of its own a backend checks that a server takes connections, which is no fault of any other check.
    if (plain.trim() === '') return true;
    return shared.has(rules) && (options !== undefined || checkPath(rules.healthCheck) === path);
  };
  return {
    options: options ?? plain,
    wordsOf: (server) => {
      const rules = rulesOf(server);
      return canCheck(rules) ? serverCheck(service, rules, server.healthCheckPort, library) : undefined;
    },
  };
}

function optionsOf(service: Service, rules: OwnRules, port: number | undefined, library: Library, timeout?: number): string {
  if (!rules.healthCheck) return '';
  const values = checkValues(rules, rules.healthCheck, port, false);
  const all = timeout === undefined ? values : { ...values, healthCheckTimeoutSeconds: timeout };
  const text = fillByOwn(`BACKEND_${checkKind(rules, service.mode)}_HEALTHCHECK_OPTIONS`, all, rules, service, library);
  const host = hostLine(service);
  const hasPlace = /^[ \t]*option[ \t]+httpchk\b/m.test(text) && !/^[ \t]*http-check[ \t]+send[ \t]/m.test(text);
  return host !== undefined && hasPlace ? `${text}  ${host}\n` : text;
}

/** The same for all servers of one definition that are checked at their own port (`port` undefined). */
function serverCheck(service: Service, rules: OwnRules, port: number | undefined, library: Library): string {
  if (!rules.healthCheck) return '';
  const values = checkValues(rules, rules.healthCheck, port, port !== undefined);
  const name = `BACKEND_SERVER_${checkKind(rules, service.mode)}_HEALTHCHECK_OPTIONS` as const;
  return ` ${fillByOwn(name, values, rules, service, library).trim()}`;
}

/** Fills a template by the rules of a server. A label of the other definition that cannot be filled does not cost the service. */
export function fillByOwn(name: TemplateName, values: Values, rules: OwnRules, service: Service, library: Library): string {
  try {
    return library.fill(name, values, rules.templates);
  } catch (error) {
    if (rules.templates === service.templates || !(error instanceof OverrideError)) throw error;
    return library.fill(name, values, service.templates);
  }
}

function timeoutOf(check: HealthCheck | undefined): number {
  return check?.timeoutSeconds ?? 20;
}

function checkValues(rules: OwnRules, check: HealthCheck, port: number | undefined, showPort: boolean): Values {
  const failures = check.maxConsecutiveFailures ?? 3;
  return {
    healthCheckPort: port ?? '',
    healthCheckPortIndex: check.portIndex ?? rules.healthCheckPortIndex ?? 0,
    healthCheckProtocol: check.protocol ?? 'HTTP',
    healthCheckPath: checkPath(check),
    healthCheckTimeoutSeconds: timeoutOf(check),
    healthCheckIntervalSeconds: check.intervalSeconds ?? 60,
    healthCheckGracePeriodSeconds: check.gracePeriodSeconds ?? 300,
    healthCheckMaxConsecutiveFailures: failures,
    healthCheckFalls: failures + 1,
    healthCheckPortOptions: showPort ? ` port ${port}` : '',
  };
}
