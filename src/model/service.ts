/** A service port of an app: the unit that gets a frontend and a backend. */
import type { LabelFields, TypedValues } from './labels/from-rows.ts';
import type { RequestMatch } from './values/rules/request-matches.ts';
import type { HealthCheck } from './workload.ts';

export interface Service extends ServiceDefinition {
  /** At least one, sorted by host, then port. */
  readonly servers: readonly Server[];
  /** When the app's definition last changed (not its scale), ISO 8601: of two that claim the same, the older keeps it. */
  readonly since?: string | undefined;
  /** Another service keeps the port (`claims.ts`): this one has no own frontend. */
  readonly lostPort?: true | undefined;
  /** Another service claims one of its hosts and paths too: the place of its rules among those of all such services. */
  readonly contested?: number | undefined;
  /** Services that get a part of its requests (`canaries.ts`), in the order of their shares. */
  readonly canaries?: readonly Canary[] | undefined;
  /** Hosts whose TLS connections are passed to it: they are in no other field then. */
  readonly tlsHosts?: readonly string[] | undefined;
  /** Backend of the service whose requests it gets a part of. */
  readonly mainBackend?: string | undefined;
  /** It is a canary of a service whose backend asks for the password of AUTH, so that its own has to. */
  readonly asksItself?: true | undefined;
  /** How the certificates of clients are checked; undefined: they are not. */
  readonly clientCheck?: ClientCheck | undefined;
  /** Hosts that it shares with other apps and for which it decides the certificates and bind options (`vhost-holders.ts`). */
  readonly leads?: readonly string[] | undefined;
}

/** Which connections may bring requests to a service with TLS_CLIENT_CA. */
export interface ClientCheck {
  readonly verify: 'required' | 'optional';
  /** Names and wildcards whose connections are checked with its authority; empty: none are, and nobody is let in. */
  readonly hosts: readonly string[];
  /** Names below those wildcards whose connections are checked with another authority, or not at all. */
  readonly others: readonly string[];
  /** Names of the frontends whose connections are checked as the list of certificates says. */
  readonly frontends: readonly string[];
  /** Of the authority. */
  readonly digest: string;
}

/** A service that gets a part of the requests of another one. */
export interface Canary {
  readonly backend: string;
  /** How many of a hundred requests it gets. */
  readonly weight: number;
  /** With the weights of those before it. */
  readonly upTo: number;
  /** Requests that it always gets. */
  readonly matches: readonly RequestMatch[];
  /** Its label asks for lines in the access log. */
  readonly isLogged: boolean;
}

/** A service by its app definition and labels: all but its tasks. Most of its fields are those of the rows of the labels table. */
export interface ServiceDefinition extends LabelFields {
  /** App id with its leading slash (of a deployment group: the group's). */
  readonly app: string;
  /** Index of the service port, the `{n}` of its labels. */
  readonly index: number;
  readonly servicePort: number;
  /** Backend name: `shop_web_10000`. */
  readonly backend: string;
  readonly mode: 'http' | 'tcp';
  /** Lower-cased, in the order of the label. */
  readonly vhosts: readonly string[];
  /** Hosts that are patterns, in the order of the label (`values/network/host-patterns.ts`); undefined if there are none. */
  readonly hostPatterns?: readonly string[] | undefined;
  /** The VHOST label as it is, lower-cased: what `{hostname}` of old templates shows. */
  readonly hostname?: string | undefined;
  /** Order among the rules of the shared frontends, larger first. */
  readonly weight: number;
  readonly healthCheck?: HealthCheck | undefined;
  /** The values of labels that render lines of their own; undefined if the service has no such label. */
  readonly typed?: TypedValues | undefined;
  /** Templates that labels of this service replace, by name. */
  readonly templates: Readonly<Record<string, string>>;
}

/** A task behind a service. */
export interface Server {
  readonly taskId: string;
  /** The agent's host as Marathon names it, or the task's own address. */
  readonly host: string;
  /** IPv4 or IPv6 address. */
  readonly ip: string;
  readonly port: number;
  readonly draining: boolean;
  /** Port for health checks if it is not the own one. */
  readonly healthCheckPort?: number | undefined;
  /** Its task was started from another definition than the service's: what its line and its health check are made of. */
  readonly own?: OwnRules | undefined;
}

/** The part of a definition that each server of a backend can have for itself. */
export type OwnRules = Pick<ServiceDefinition, 'healthCheck' | 'healthCheckPortIndex' | 'templates' | 'typed'>;
