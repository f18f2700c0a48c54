/** Services that get a part of the requests of another one (`docs/decisions/088-labels-by-map.md`). */
import type { AuthScope } from '../config/settings.ts';
import { isSame } from '../lib/deep-equal.ts';
import { serviceRows } from './labels/from-rows.ts';
import { isLogged } from './labels/rows/answers.ts';
import { isNeighbour } from './neighbours.ts';
import { hasOwnRules } from './own-rules.ts';
import type { Problem } from './problem.ts';
import type { Canary, Service } from './service.ts';
import { readServiceName } from './values/canaries.ts';
import type { RequestMatch } from './values/rules/request-matches.ts';
import type { Rules } from './values/rules/rules.ts';

export interface Linked {
  /** The same list if no service has a canary. */
  readonly services: readonly Service[];
  readonly problems: readonly Problem[];
}

/** Gives each service its canaries. The same services give the same objects. `authScope`: whether backends ask for the password of AUTH. */
export function linkCanaries(services: readonly Service[], authScope: AuthScope | undefined): Linked {
  const canaries = services.filter(({ mode, typed }) => mode === 'http' && typed?.['CANARY_OF'] !== undefined);
  if (canaries.length === 0) return { services, problems: [] };
  const problems: Problem[] = [];
  const byMain = new Map<Service, Canary[]>();
  const mains = new Map<Service, Service>();
  for (const service of canaries) {
    const main = mainOf(service, services);
    const fault = faultOf(service, main, authScope);
    if (fault !== undefined || main === undefined) problems.push(problemOf(service, 'CANARY_OF', fault ?? ''));
    else {
      mains.set(service, main);
      byMain.set(main, [...(byMain.get(main) ?? []), canaryOf(service, byMain.get(main) ?? [], problems)]);
    }
  }
  return { services: services.map((service) => linkedTo(service, byMain.get(service), mains.get(service))), problems };
}

function mainOf(service: Service, services: readonly Service[]): Service | undefined {
  const { app, index = service.index } = readServiceName(service.typed?.['CANARY_OF'] as string);
  return services.find((each) => each.app === app && each.index === index);
}

/** Returns why a service does not get requests of another one: the end of a sentence. */
function faultOf(service: Service, main: Service | undefined, authScope: AuthScope | undefined): string | undefined {
  if (main === undefined)
    return 'names a service that is not served here: there is no such app or service port, it is of another load balancer, or it has no task';
  if (main === service) return 'names the service itself';
  if (main.typed?.['CANARY_OF'] !== undefined) return 'names a service that is a canary itself';
  if (main.mode !== 'http') return 'names a service of mode tcp';
  if (!isAllowed(service.app, main))
    return `names an app of another folder: it would have to allow ${service.app} by HAPROXY_${main.index}_CANARIES`;
  const open = openGuards(service, main, authScope);
  return open.length === 0
    ? undefined
    : `would lead past what guards ${main.app}: this service needs the same value of ${open.map((name) => `HAPROXY_${service.index}_${name}`).join(', ')}`;
}

/** A team must not take requests of another one. */
function isAllowed(app: string, main: Service): boolean {
  if (isNeighbour(app, main.app)) return true;
  const named = main.typed?.['CANARIES'] as string | undefined;
  return named?.split(',').includes(app) ?? false;
}

const ROWS = [...serviceRows.values()];
const ALONE: ReadonlySet<string> = new Set(ROWS.filter(({ guards }) => guards === true).map(({ name }) => name));
/** With what belongs to one of them: JWT_AUDIENCE to JWT_KEY, AUTH_HEADERS to AUTH_URL. */
const GUARDS: readonly string[] = ROWS.filter(
  ({ name, lacks }) => ALONE.has(name) || ALONE.has(lacks?.({ backend: '', mode: 'http', vhosts: [], typed: {} }) ?? ''),
).map(({ name }) => name);

/** Returns the labels that keep somebody away from the main service, and not from its canary. */
function openGuards(service: Service, main: Service, authScope: AuthScope | undefined): readonly string[] {
  const names = GUARDS.filter((name) => main.typed?.[name] !== undefined && !isSame(main.typed[name], service.typed?.[name]));
  // Else the frontends ask for it, whichever backend they choose.
  const isInBackend = authScope === 'all' || hasOwnRules(main);
  if (isInBackend && main.auth !== undefined && !isSame(main.auth, service.auth)) names.push('AUTH');
  // Its backend answers preflight requests, which the frontends do not ask for the password.
  if (
    main.auth !== undefined &&
    main.typed?.['CORS_ORIGINS'] !== undefined &&
    service.typed?.['CORS_ORIGINS'] !== main.typed['CORS_ORIGINS']
  )
    names.push('CORS_ORIGINS');
  if (main.networkAllowed !== undefined && main.networkAllowed !== service.networkAllowed)
    names.push('BACKEND_NETWORK_ALLOWED_ACL');
  return names;
}

function canaryOf(service: Service, before: readonly Canary[], problems: Problem[]): Canary {
  const { backend, typed } = service;
  const taken = before.at(-1)?.upTo ?? 0;
  let weight = (typed?.['CANARY_WEIGHT'] as number | undefined) ?? 0;
  if (taken + weight > 100) {
    const fault = `counts as 0: with it, the canaries of ${typed?.['CANARY_OF'] as string} would get ${taken + weight} of 100 requests`;
    problems.push(problemOf(service, 'CANARY_WEIGHT', fault));
    weight = 0;
  }
  const matches = typed?.['CANARY_MATCH'] as Rules<RequestMatch> | undefined;
  return { backend, weight, upTo: taken + weight, matches: matches?.rules ?? [], isLogged: isLogged(service) };
}

function problemOf({ app, backend, index }: Service, name: string, fault: string): Problem {
  const label = `HAPROXY_${index}_${name}`;
  return { code: 'canary-unused', app, service: backend, label, detail: `${label} ${fault}` };
}

function linkedTo(service: Service, canaries: readonly Canary[] | undefined, main: Service | undefined): Service {
  if (canaries === undefined && main === undefined) return service;
  const asksItself = main !== undefined && hasOwnRules(main) && main.auth !== undefined;
  const links: Partial<Service> = {
    ...(canaries && { canaries }),
    ...(main && { mainBackend: main.backend }),
    ...(asksItself && { asksItself }),
  };
  const after = { ...service, ...links };
  const before = linked.get(service);
  if (before !== undefined && isSame(before, after)) return before;
  linked.set(service, after);
  return after;
}

const linked = new WeakMap<Service, Service>();
