/**
 * The labels, one row each: the manual is printed from the rows, `definition.ts` reads them. Rules of 1.15
 * (compatibility.md, section 5).
 */

export interface LabelRow {
  /** Without `HAPROXY_` or `HAPROXY_{n}_`. */
  readonly name: string;
  /** `app`: `HAPROXY_<name>`; `service`: `HAPROXY_{n}_<name>`. */
  readonly per: 'app' | 'service';
  readonly type: LabelType;
  /**
   * What a value that is refused costs. Without this the service: it must not be served without what the label guards or makes of it.
   * `label`: only that; the service is served as if the label were not there.
   */
  readonly refused?: 'label';
  /** What the label does, for the manual. */
  readonly description: string;
  /** What holds without the label. */
  readonly default?: string;
  readonly example?: string;
}

/** What a value may be; `label-values.ts` has the parsers. */
export type LabelType =
  | 'list'
  | 'boolean'
  | 'port'
  | 'integer'
  | 'date'
  | 'mode'
  | 'auth'
  | 'hosts'
  | 'paths'
  | 'cut path'
  | 'root path'
  | 'target'
  | 'addresses'
  | 'networks'
  | 'algorithm'
  | 'bind options'
  | 'file'
  | 'id'
  | 'word';

/** Name of a label of a service port, without `HAPROXY_{n}_`. */
export type ServiceLabelName = Extract<(typeof labels)[number], { readonly per: 'service' }>['name'];

/** The type of such a label. */
export type ServiceLabelType<N extends ServiceLabelName> = Extract<
  (typeof labels)[number],
  { readonly per: 'service'; readonly name: N }
>['type'];

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
  },
  {
    name: 'AUTH',
    per: 'service',
    type: 'auth',
    description:
      'HTTP basic authentication on the shared frontends: `realm:user:encrypted-password`. The service port and the app-id frontend ask for it only with `--auth-scope all`.',
    example: 'Shop:alice:$5$salt$hash',
  },
  {
    name: 'STICKY',
    per: 'service',
    type: 'boolean',
    refused: 'label',
    description: 'Keeps a client at its server by a cookie.',
    default: 'false',
    example: 'true',
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
  },
  {
    name: 'USE_HSTS',
    per: 'service',
    type: 'boolean',
    refused: 'label',
    description: 'Adds a Strict-Transport-Security header to answers over TLS.',
    default: 'false',
    example: 'true',
  },
  {
    name: 'SSL_CERT',
    per: 'service',
    type: 'file',
    description: 'Path of the certificate of the service’s own frontend, and of its vhosts with `--group-https-by-vhost`.',
    example: '/etc/ssl/shop.pem',
  },
  {
    name: 'BIND_OPTIONS',
    per: 'service',
    type: 'bind options',
    description: 'Added to the bind line of the service’s own frontend.',
    example: 'ssl-min-ver TLSv1.2',
  },
  {
    name: 'BIND_ADDR',
    per: 'service',
    type: 'addresses',
    description: 'Address that the service’s own frontend binds.',
    default: '*',
    example: '10.0.0.42',
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
  },
  {
    name: 'BACKEND_HEALTHCHECK_PORT_INDEX',
    per: 'service',
    type: 'integer',
    description: 'Which of the app’s services (from 0, by port) gives the port of the health check.',
    example: '1',
  },
  {
    name: 'HTTP_BACKEND_PROXYPASS_PATH',
    per: 'service',
    type: 'cut path',
    description: 'Prefix of the path that is cut off before the request goes to the task.',
    example: '/app',
  },
  {
    name: 'HTTP_BACKEND_REVPROXY_PATH',
    per: 'service',
    type: 'root path',
    refused: 'label',
    description: 'Path put before the path in `Location` headers of answers.',
    example: '/app',
  },
  {
    name: 'HTTP_BACKEND_REDIR',
    per: 'service',
    type: 'target',
    refused: 'label',
    description: 'Path that `/` of the vhost is redirected to.',
    example: '/welcome',
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
