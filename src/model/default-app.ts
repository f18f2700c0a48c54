/** The service that gets what belongs to no other (`--default-app`). */
import { allHosts, OTHER_REQUESTS } from './values/network/host-patterns.ts';
import type { Problem } from './problem.ts';
import type { Service, ServiceDefinition } from './service.ts';

/** What `--default-app` names. */
export interface ServiceName {
  readonly app: string;
  readonly index: number;
}

export interface WithDefault {
  /** The same list without the option, or if the service is not served. */
  readonly services: readonly Service[];
  readonly problems: readonly Problem[];
}

/** Gives the default service the requests that belong to no other. The same service gives the same object. */
export function withDefaultApp(services: readonly Service[], name: ServiceName | undefined): WithDefault {
  if (name === undefined) return { services, problems: [] };
  const at = services.findIndex((service) => isDefaultApp(service, name));
  const service = services[at];
  if (service === undefined) {
    return {
      services,
      problems: [
        problemOf(
          name,
          'is not served here: there is no such app or service port, it is of another load balancer, or it has no task',
        ),
      ],
    };
  }
  if (service.mode !== 'http') return { services, problems: [problemOf(name, 'is of mode tcp', service)] };
  return { services: services.with(at, defaultOf(service)), problems: [] };
}

/** Returns whether a service is the one that `--default-app` names. */
export function isDefaultApp({ app, index }: Pick<ServiceDefinition, 'app' | 'index'>, name: ServiceName | undefined): boolean {
  return name !== undefined && app === name.app && index === name.index;
}

function defaultOf(service: Service): Service {
  let after = defaults.get(service);
  if (after === undefined) {
    after = { ...service, hostPatterns: [...allHosts({ vhosts: [], hostPatterns: service.hostPatterns }), OTHER_REQUESTS] };
    defaults.set(service, after);
  }
  return after;
}

const defaults = new WeakMap<Service, Service>();

function problemOf({ app, index }: ServiceName, why: string, service?: Service): Problem {
  return {
    code: 'default-app-unserved',
    app,
    ...(service !== undefined && { service: service.backend }),
    detail: `service ${index} of ${app} ${why}: requests that belong to no other service get 503 (--default-app)`,
    fix:
      service === undefined
        ? 'deploy it, or start the load balancer with another --default-app'
        : `set HAPROXY_${index}_MODE to http`,
  };
}
