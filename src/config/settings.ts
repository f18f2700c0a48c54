/**
 * The settings of the program: the options table (`options.ts`) is read once into this, the command line is known
 * nowhere else. Times in seconds unless a name says otherwise.
 */
import type { AdminListen } from './places/admin-listen.ts';
import type { CertStore } from './certificates/cert-store.ts';
import type { HaproxyFeatures, HaproxyVersion } from './versions/version.ts';
import type { ServiceName } from '../model/default-app.ts';
import type { LabelLimits } from '../model/values/limits.ts';
import type { Policy } from '../model/policy/rules/policy.ts';
import type { ErrorPages } from '../render/error-pages/sections.ts';
import type { ClientCas } from '../model/certificates/client-cas.ts';
import type { Secret } from '../lib/secret.ts';

export interface Settings {
  readonly marathon: MarathonSettings;
  readonly model: ModelSettings;
  readonly render: RenderSettings;
  readonly haproxy: HaproxySettings;
  readonly run: RunSettings;
  readonly log: LogSettings;
  /** Undefined: no certificates are ordered. */
  readonly acme?: AcmeSettings | undefined;
}

/** How certificates are ordered from an ACME server. */
export interface AcmeSettings {
  /** Nothing is ordered for hosts that are none of these: names, and `*.example.com`. */
  readonly domains: readonly string[];
  /** `labels`: hosts of services with the label CERT `acme`. */
  readonly hosts: 'labels' | 'all';
  /** Address of the server's directory. */
  readonly directory: string;
  /** PEM: what the server is trusted by beside what the system has. */
  readonly ca?: string | undefined;
  readonly email?: string | undefined;
  /** External account binding. */
  readonly eab?: { readonly kid: string; readonly key: Secret } | undefined;
  readonly keyType: 'ec' | 'rsa';
  /** Absolute path of the program that sets DNS records. */
  readonly dnsHook?: string | undefined;
}

export interface MarathonSettings {
  /** Endpoints without a trailing slash, each maybe with a base path; at least one. */
  readonly urls: readonly string[];
  readonly auth: Auth;
  /** Path of a PEM file: CA for Marathon and the DC/OS login. */
  readonly caCert?: string | undefined;
  /** TLS of Marathon is not verified. */
  readonly insecure: boolean;
  /** Ceiling of the wait between reconnects. */
  readonly maxBackoff: number;
  /** Entries of the caches of host addresses and last known health. */
  readonly lruCacheCapacity: number;
  /** App id without its leading slash that is passed over: the load balancer itself (`FRAMEWORK_NAME`). */
  readonly frameworkName?: string | undefined;
}

export type Auth =
  | { readonly kind: 'none' }
  | { readonly kind: 'basic'; readonly user: string; readonly password: Secret }
  | { readonly kind: 'dcos'; readonly uid: string; readonly privateKey: Secret; readonly loginEndpoint: string };

export interface ModelSettings {
  /** At least one; `*` takes all. */
  readonly groups: readonly string[];
  /** A service is off unless its ENABLED label is true. */
  readonly strictMode: boolean;
  /** Only tasks that Marathon's health checks call alive. */
  readonly healthCheck: boolean;
  /** Range for service ports that Marathon does not give; undefined = off. */
  readonly assignedPorts?: { readonly min: number; readonly max: number } | undefined;
  /** Where the label AUTH asks for a password; undefined = `hosts`. */
  readonly authScope?: AuthScope;
  /** The service that gets what belongs to no other; undefined: none. */
  readonly defaultApp?: ServiceName | undefined;
  /** The shared HTTPS frontend offers HTTP/2: rules that look at the SNI would take requests of other hosts. */
  readonly offersHttp2?: boolean;
  /** Limits for the labels of an app; undefined: the defaults. */
  readonly limits?: LabelLimits | undefined;
  /** What raw templates of labels may do; undefined: all that 1.15 allowed. */
  readonly labelPolicy?: LabelPolicy | undefined;
  /** The option that says so, as it was given; undefined: `--label-policy`. */
  readonly labelPolicyOption?: string | undefined;
  /** What teams may do; undefined: what every app may. */
  readonly policy?: Policy | undefined;
  /**
   * How the rules of the shared frontends are written: one after the other (`listed`, undefined), those for hosts alone in a map that is
   * looked up after them (`mapped`), or not as the default templates have them (`unknown`).
   */
  readonly rules?: 'listed' | 'mapped' | 'unknown' | undefined;
  /** Each host has an HTTPS frontend of its own: its certificates and bind options are those of one app. */
  readonly groupsVhosts?: boolean;
  /** Who binds which ports; undefined: nothing is reserved, each service binds its own. */
  readonly frontends?:
    | {
        /** Ports that the program itself binds, and the option that moves them. */
        readonly reserved: readonly { readonly address: string; readonly port: number; readonly option: string }[];
        /** Whether the template FRONTEND_HEAD binds the service port. */
        readonly own: boolean;
      }
    | undefined;
}

/**
 * `full`: as 1.15. `safe`: only what stays in the own backend, and a heavier rule takes no host from its holder. `strict`: no raw templates at
 * all.
 */
export type LabelPolicy = 'full' | 'safe' | 'strict';

export interface RenderSettings {
  /** What the HAProxy that reads the configuration does. */
  readonly haproxy: HaproxyFeatures;
  /** Words that this HAProxy gave up are translated in texts that people wrote. */
  readonly translate: boolean;
  readonly haproxyMap: boolean;
  readonly bindHttpHttps: boolean;
  readonly groupHttpsByVhost: boolean;
  /** `all`: the label AUTH counts for every way to a service; `hosts`: for the shared HTTP and HTTPS frontends, as in 1.15. */
  readonly authScope: AuthScope;
  /** The service that gets what belongs to no other; undefined: none. */
  readonly defaultApp?: ServiceName | undefined;
  /** Certificates of the shared HTTPS frontend. */
  readonly sslCerts: readonly string[];
  /** That frontend reads its certificates from a list that this program writes, in place of `sslCerts` (`--cert-store`). */
  readonly listsCertificates?: boolean;
  /** HAProxy answers for orders of certificates of these domains; undefined: there are none. */
  readonly acmeAnswer?: AcmeAnswer | undefined;
  /** Folder of the configuration and its maps, as templates show it. */
  readonly haproxyDir: string;
  /** Megabytes that the caches of all services may have together. */
  readonly cacheMemory: number;
  /** What HAProxy answers in place of its own pages; undefined: nothing. */
  readonly errorPages?: ErrorPages | undefined;
  /** Authorities that check certificates of clients; undefined: there are none. */
  readonly clientCas?: ClientCas | undefined;
  /** `--ocsp-stapling`. */
  readonly staplesOcsp?: boolean | undefined;
  /** Load balancers that share tables of clients; undefined: there are none. */
  readonly peers?: PeerSettings | undefined;
  /** Templates replaced by the environment (`HAPROXY_<NAME>`) or a file of the templates folder, by name. */
  readonly templates: Readonly<Record<string, string>>;
  /** Parts of the environment and of the templates folder without effect, as sentences; left out: not checked. */
  readonly templateWarnings?: readonly string[];
  /** Values of the default templates. */
  readonly defaults: TemplateDefaults;
}

export interface PeerSettings {
  /** The name of this one. */
  readonly local: string;
  /** All of them, this one too, in the order of the option: `address` is an IP address with a port. */
  readonly all: readonly { readonly name: string; readonly address: string }[];
  /** Path of a PEM file with certificate, key and authority; undefined: they speak without TLS. */
  readonly certificate?: string;
}

/** What an answer to an ACME server consists of (HTTP-01), and for which hosts it is given. */
export interface AcmeAnswer {
  /** The digest of the account's public key, in base64 of the URL alphabet. */
  readonly thumbprint: string;
  /** Names, and `*.example.com`. */
  readonly domains: readonly string[];
}

/** What the default templates are filled with: data, so that the same input gives the same bytes on every machine. */
export type AuthScope = 'hosts' | 'all';

export interface TemplateDefaults {
  readonly bindAddress: string;
  readonly httpPort: number;
  readonly httpsPort: number;
  readonly appidPort: number;
  readonly statsPort: number;
  /** How the shared HTTPS frontend chooses the app; undefined = `sni`. */
  readonly httpsRouting?: 'sni' | 'host';
  /** The handling of X-Forwarded headers of clients; undefined = `trust`. */
  readonly forwarded?: 'trust' | 'set';
  /** Networks whose connections begin with the PROXY protocol; undefined = none. */
  readonly acceptProxy?: readonly string[] | undefined;
  /** Networks whose X-Forwarded headers are believed, and no others'; undefined = `forwarded` says what becomes of them. */
  readonly trustedProxies?: readonly string[] | undefined;
  /** Header with the id of each request; undefined = requests get none. */
  readonly requestId?: string | undefined;
  /** How requests are logged; undefined = not at all. */
  readonly accessLog?: 'json' | 'http' | undefined;
  /** Path of the runtime socket. */
  readonly statsSocket: string;
  /** `maxconn` that fits the limit of open files, as far as listeners do not need them. */
  readonly maxconn: number;
  /** Limit of open files: many listeners lower `maxconn` further; undefined = they do not. */
  readonly openFiles?: number | undefined;
  /** `HAPROXY_GLOBAL_DEFAULT_OPTIONS`. */
  readonly globalDefaultOptions: readonly string[];
  /** Cookies of sticky services come from the addresses of their servers; by default from their names, as in 1.15. */
  readonly dynamicCookies?: boolean;
  /** Address of the program's own endpoints as a `server` line has it; undefined = not reachable through HAProxy. */
  readonly adminAddress?: string | undefined;
  /** Absolute path of the folder with the Lua services; undefined = none are loaded. */
  readonly luaFolder?: string | undefined;
  /** Hosts with ports that the label AUTH_URL may name; undefined = none. */
  readonly authHosts?: readonly string[] | undefined;
  /** Seconds that old processes may live after a reload; undefined = until their last connection ends. */
  readonly hardStopAfter?: number | undefined;
  /** Who may see the endpoints besides the health check; undefined = everybody. `hash` is one of crypt(3). */
  readonly adminAuth?: { readonly user: string; readonly hash: string } | undefined;
  /** Host names by which browsers may use the port of the statistics, beside addresses and private names; left out: any. */
  readonly adminHosts?: readonly string[];
  /** `/_haproxy_getconfig` shows passwords too. */
  readonly plainConfig?: boolean;
  /** The user that HAProxy runs as if it is started by root; undefined: it is not. */
  readonly runAs?:
    | { readonly user: string; readonly group: string; readonly gid: number; readonly mayChroot: boolean }
    | undefined;
  /** Where HAProxy logs to, as a `log` line has it; undefined = /dev/log. */
  readonly logTarget?: string | undefined;
}

export interface HaproxySettings {
  /** Path of the configuration file. */
  readonly config: string;
  /** Group of new files: that of the user that HAProxy runs as. */
  readonly gid?: number | undefined;
  /** Command that reloads HAProxy; undefined: look for an init system. */
  readonly command?: string | undefined;
  /** 0 = no retry, -1 = for ever. */
  readonly maxReloadRetries: number;
  readonly reloadInterval: number;
  /** How many old versions of each written file are kept. */
  readonly archiveVersions: number;
  readonly skipValidation: boolean;
  readonly skipConfigCleanup: boolean;
  /** The program, looked up in the PATH. */
  readonly binary: string;
  /** The version that HAProxy reported at the start; undefined: HAProxy was not asked, or was not needed. */
  readonly asked?: HaproxyVersion | undefined;
  /** Changes of servers and maps go to the running HAProxy without a reload. */
  readonly runtimeUpdates: boolean;
  /** How long sessions on a removed server may go on. */
  readonly drainTimeout: number;
  /** From the beginning of one reload to that of the next. */
  readonly reloadMinInterval: number;
  /** Socket of HAProxy's master process, over which it is reloaded in place of `command`. */
  readonly masterSocket?: string | undefined;
}

export interface RunSettings {
  readonly mode: RunMode;
  /** A full pass after so long without any event. */
  readonly resyncInterval: number;
  /** Percent of all servers that a snapshot right after a reconnect may take away unconfirmed; 0 = all. */
  readonly maxRemoval: number;
  /** Path of the policy file; undefined: there is none. */
  readonly policyFile?: string | undefined;
  /** Path of the folder of error pages; undefined: there is none. */
  readonly errorPagesFolder?: string | undefined;
  /** Path of the folder of authorities of clients; undefined: there is none. */
  readonly clientCasFolder?: string | undefined;
  /** Where certificates come from besides `--ssl-certs`; undefined: nowhere. */
  readonly certStore?: CertStore | undefined;
  /** Folder of the files that are kept over restarts; it may not exist yet. */
  readonly stateDir: string;
  /** Where the program's own endpoints are; undefined = off. */
  readonly adminListen?: AdminListen | undefined;
  /** The socket file that takes the place of a TCP address that another program has; undefined: there is none. */
  readonly adminSpare?: AdminListen | undefined;
  /** Host names by which browsers reach those endpoints. */
  readonly adminHosts: readonly string[];
  /** A certificate of the default of `--ssl-certs` that is missing is made, self-signed. */
  readonly makesCertificate: boolean;
}

export type RunMode =
  | {
      readonly kind: 'dry';
      /** Notes are printed instead of the configuration. */
      readonly notes?: boolean;
      /** Absolute path of the folder that gets the configuration and its maps; undefined: it is printed. */
      readonly output?: string | undefined;
      /** HAProxy is asked about the configuration. */
      readonly check?: boolean;
    }
  | { readonly kind: 'once' }
  | { readonly kind: 'sse' }
  | { readonly kind: 'event'; readonly listen: string; readonly callbackUrl: string };

export interface LogSettings {
  readonly level: 'CRITICAL' | 'ERROR' | 'WARNING' | 'INFO' | 'DEBUG' | 'NOTSET';
  /** Python-logging style: `%(asctime)-15s %(name)s: %(message)s`. */
  readonly format: string;
  /** undefined = off. */
  readonly syslogSocket?: string | undefined;
}
