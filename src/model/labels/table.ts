/**
 * The labels, one row each. From a row come the reader, the field of the service definition, what a saved definition may have, the lint of
 * labels without effect, the label that an alert of HAProxy is about, the sentence of `explain`, and the manual.
 */
import { kindOfHash } from '../values/password-hash.ts';
import type { LabelType, ValueOf } from './values.ts';

export type LabelRow = { readonly [T in LabelType]: RowOf<T> }[LabelType];

interface RowOf<T extends LabelType> {
  /** Without `HAPROXY_` or `HAPROXY_{n}_`. */
  readonly name: string;
  /** `app`: `HAPROXY_<name>`; `service`: `HAPROXY_{n}_<name>`. */
  readonly per: 'app' | 'service';
  readonly type: T;
  /**
   * What a malformed value costs. Without this the service: it must not be served without what the label guards or makes of it.
   * `label`: only that; the service is served as if the label were not there.
   */
  readonly refused?: 'label';
  /** What the label does, for the manual. */
  readonly description: string;
  /** What holds without the label, for the manual. */
  readonly default?: string;
  readonly example?: string;
  /** The field of the service definition that takes the value. A label that `renders` needs none: its value is in `typed`. */
  readonly field?: string;
  /** What the field has without the label. */
  readonly absent?: ValueOf<T>;
  /** Without a host name, or in mode tcp, the label has no effect. */
  readonly needs?: 'vhost' | 'http';
  /** Returns the sentence of `explain` about what is done with requests. */
  readonly trait?: (value: ValueOf<T>) => string;
  /** Returns what of the value is found in a line of the configuration, if it is not the value itself. */
  readonly partsInLine?: (value: ValueOf<T>) => readonly string[];
  readonly renders?: Rendering<ValueOf<T>>;
}

/** The lines of a label, which come after those of all templates. */
export interface Rendering<V> {
  /** `server`: words at the end of each server line. */
  readonly into: 'backend' | 'frontend' | 'server';
  /** Where the lines take effect among those of the other labels. */
  readonly stage: Stage;
  /** Returns lines (of a server: words) without indentation. */
  readonly lines: (value: V, service: { readonly backend: string; readonly mode: 'http' | 'tcp' }) => readonly string[];
}

/** The order of effects: what refuses a request comes before what answers it, and that before what changes it. */
export const STAGES = [
  'maintenance',
  'deny',
  'limits',
  'auth',
  'CORS',
  'redirects',
  'headers',
  'rewrite',
  'connections',
] as const;

export type Stage = (typeof STAGES)[number];

export const labels = [
  {
    name: 'GROUP',
    per: 'app',
    type: 'list',
    description:
      'Groups of load balancers that serve the app, separated by commas. An app without a group is served only by `--group "*"`.',
    example: 'external',
  },
  {
    name: 'GROUP',
    per: 'service',
    type: 'list',
    description: 'Groups that serve this service port, in place of the groups of the app.',
    example: 'external,internal',
  },
  {
    name: 'VHOST',
    per: 'service',
    type: 'hosts',
    refused: 'label',
    description:
      'Host names, separated by commas. Requests for them on the shared HTTP and HTTPS frontends reach this service. Upper and lower case count as the same.',
    example: 'shop.example.com,www.shop.example.com',
  },
  {
    name: 'PATH',
    per: 'service',
    type: 'paths',
    description:
      'Only paths that begin with this reach the service; the argument of `path_beg`. Needs a VHOST. Raises a BACKEND_WEIGHT of 0 to 1.',
    example: '/api',
    field: 'path',
    needs: 'vhost',
  },
  {
    name: 'AUTH',
    per: 'service',
    type: 'auth',
    description:
      'HTTP basic authentication on the shared frontends: `realm:user:encrypted-password`. The service port and the app-id frontend ask for it only with `--auth-scope all`.',
    example: 'Shop:alice:$5$salt$hash',
    field: 'auth',
    needs: 'vhost',
    trait: ({ realm, user, password }) => {
      const login = `user ${user} logs in (realm ${realm}) on the shared frontends`;
      return kindOfHash(password) === 'hash'
        ? login
        : `${login}, but no password is right: the one of the label AUTH is not a hash`;
    },
    partsInLine: ({ realm, user }) => [user, realm],
  },
  {
    name: 'STICKY',
    per: 'service',
    type: 'boolean',
    refused: 'label',
    description: 'Keeps a client at its server by a cookie.',
    default: 'false',
    example: 'true',
    field: 'sticky',
    absent: false,
    needs: 'http',
    trait: () => 'a cookie keeps a client at its server',
  },
  {
    name: 'ENABLED',
    per: 'service',
    type: 'boolean',
    description: 'Turns the service on or off.',
    default: 'true (with `--strict-mode`: false)',
    example: 'false',
  },
  {
    name: 'REDIRECT_TO_HTTPS',
    per: 'service',
    type: 'boolean',
    description: 'Answers requests on the shared HTTP frontend with a 301 to https.',
    default: 'false',
    example: 'true',
    field: 'redirectToHttps',
    absent: false,
    needs: 'vhost',
  },
  {
    name: 'USE_HSTS',
    per: 'service',
    type: 'boolean',
    refused: 'label',
    description: 'Adds a Strict-Transport-Security header to answers over TLS.',
    default: 'false',
    example: 'true',
    field: 'hsts',
    absent: false,
    needs: 'http',
    trait: () => 'answers over TLS ask browsers to stay with it (HSTS)',
  },
  {
    name: 'SSL_CERT',
    per: 'service',
    type: 'file',
    description: 'Path of the certificate of the service’s own frontend, and of its vhosts with `--group-https-by-vhost`.',
    example: '/etc/ssl/shop.pem',
    field: 'sslCert',
  },
  {
    name: 'BIND_OPTIONS',
    per: 'service',
    type: 'bind options',
    description: 'Added to the bind line of the service’s own frontend.',
    example: 'ssl-min-ver TLSv1.2',
    field: 'bindOptions',
  },
  {
    name: 'BIND_ADDR',
    per: 'service',
    type: 'addresses',
    description: 'Address that the service’s own frontend binds.',
    default: '*',
    example: '10.0.0.42',
    field: 'bindAddr',
    absent: '*',
  },
  {
    name: 'PORT',
    per: 'service',
    type: 'port',
    description: 'Port of the service’s own frontend, in place of the service port that Marathon gives.',
    example: '8080',
  },
  {
    name: 'MODE',
    per: 'service',
    type: 'mode',
    description: '`http` or `tcp`.',
    default: '`http` for a service with an HTTP health check or a VHOST, else `tcp`',
    example: 'http',
  },
  {
    name: 'BALANCE',
    per: 'service',
    type: 'algorithm',
    refused: 'label',
    description: 'Balancing algorithm of the backend.',
    default: 'roundrobin',
    example: 'leastconn',
    field: 'balance',
    absent: 'roundrobin',
  },
  {
    name: 'TIMEOUT_SERVER',
    per: 'service',
    type: 'duration',
    refused: 'label',
    description: 'How long HAProxy waits for a server of the backend to send or take data: `timeout server`.',
    default: '30s',
    example: '5m',
    trait: (time) => `waits up to ${time} for a server`,
    renders: { into: 'backend', stage: 'connections', lines: (time) => [`timeout server ${time}`] },
  },
  {
    name: 'BACKEND_WEIGHT',
    per: 'service',
    type: 'integer',
    description: 'Order among the rules of the shared frontends: larger first.',
    default: '0 (with a PATH: 1)',
    example: '10',
  },
  {
    name: 'BACKEND_NETWORK_ALLOWED_ACL',
    per: 'service',
    type: 'networks',
    description: 'Addresses or ranges, separated by blanks, that may reach the backend; all others are refused.',
    example: '127.0.0.1/8 10.1.55.43',
    field: 'networkAllowed',
    trait: (networks) => `only for clients in ${networks}, others are refused`,
    partsInLine: (networks) => networks.split(/\s+/),
  },
  {
    name: 'BACKEND_HEALTHCHECK_PORT_INDEX',
    per: 'service',
    type: 'integer',
    description: 'Which of the app’s services (from 0, by port) gives the port of the health check.',
    example: '1',
    field: 'healthCheckPortIndex',
  },
  {
    name: 'HTTP_BACKEND_PROXYPASS_PATH',
    per: 'service',
    type: 'cut path',
    description: 'Prefix of the path that is cut off before the request goes to the task.',
    example: '/app',
    field: 'proxypassPath',
    needs: 'http',
    trait: (path) => `${path} is cut off the path`,
  },
  {
    name: 'HTTP_BACKEND_REVPROXY_PATH',
    per: 'service',
    type: 'root path',
    refused: 'label',
    description: 'Path put before the path in `Location` headers of answers.',
    example: '/app',
    field: 'revproxyPath',
    needs: 'http',
    trait: (path) => `${path} is put before the path of redirects`,
  },
  {
    name: 'HTTP_BACKEND_REDIR',
    per: 'service',
    type: 'target',
    refused: 'label',
    description: 'Path that `/` of the vhost is redirected to.',
    example: '/welcome',
    field: 'redirPath',
    needs: 'vhost',
    trait: (path) => `/ redirects to ${path}`,
  },
  {
    name: 'DEPLOYMENT_GROUP',
    per: 'app',
    type: 'id',
    refused: 'label',
    description: 'Blue/green: apps with the same value are served as one app with this id.',
    example: 'shop',
  },
  {
    name: 'DEPLOYMENT_ALT_PORT',
    per: 'app',
    type: 'port',
    refused: 'label',
    description: 'Blue/green: service port of the other colour. Read by `zdd`.',
    example: '10001',
  },
  {
    name: 'DEPLOYMENT_COLOUR',
    per: 'app',
    type: 'word',
    refused: 'label',
    description: 'Blue/green: which side this app is. Set by `zdd`.',
    example: 'blue',
  },
  {
    name: 'DEPLOYMENT_STARTED_AT',
    per: 'app',
    type: 'date',
    description: 'Blue/green: when the deploy of this app began; the later one is the new side. Set by `zdd`.',
    example: '2026-02-01T14:13:42.499089',
  },
  {
    name: 'DEPLOYMENT_TARGET_INSTANCES',
    per: 'app',
    type: 'integer',
    description: 'Blue/green: how many tasks the group has in the end. Set by `zdd`.',
    example: '5',
  },
  {
    name: 'DEPLOYMENT_NEW_INSTANCES',
    per: 'app',
    type: 'integer',
    description: 'Blue/green: how many of them are new ones while both sides live. Set by `zdd`.',
    example: '2',
  },
  {
    name: 'APP_ID',
    per: 'app',
    type: 'id',
    refused: 'label',
    description: 'Blue/green: id of the app without its colour. Set by `zdd`.',
    example: 'shop',
  },
] as const satisfies readonly LabelRow[];
