/**
 * The templates, one row each: names, placeholders and defaults as in 1.15 (shared by the manual and the renderer).
 */
import type { HaproxyFeatures } from '../../config/versions/version.ts';
import type { TemplateDefaults } from '../../config/settings.ts';
import { templateLabels, type TemplateName } from '../../model/labels/template-table.ts';
import { withoutTls } from '../frontends/entry.ts';
import { defaultHead } from '../head.ts';

export interface TemplateRow {
  /** What it is for, for the manual. */
  readonly description: string;
  /** Whether the label `HAPROXY_{n}_<NAME>` of a service replaces it. */
  readonly overridable: boolean;
  /** Inserted as it is, braces included. */
  readonly raw: boolean;
  readonly placeholders: readonly string[];
  /** Lines with their indentation, each ended by a line feed. */
  readonly default: string | ((defaults: TemplateDefaults, haproxy: HaproxyFeatures) => string);
}

export { isTemplateName, type TemplateName } from '../../model/labels/template-table.ts';

/** The host that a request is for: the Host header without a port. */
const HOST = 'req.hdr(host),field(1,:)';

/** Routing by SNI needs HTTP/1.1: over HTTP/2 browsers send requests for other hosts of the certificate through one connection. */
function alpn({ httpsRouting }: TemplateDefaults, { offersHttp2 }: HaproxyFeatures): string {
  if (httpsRouting === 'host') return ' alpn h2,http/1.1';
  return offersHttp2 ? ' alpn http/1.1' : '';
}

/** A vhost's own frontend has the certificates and client checks of that vhost: a browser is told to open a connection for another. */
function misdirected({ httpsRouting }: TemplateDefaults): string {
  return httpsRouting === 'host' ? `  http-request return status 421 unless {{ ${HOST} -i {host} }}\n` : '';
}

/** A template that chooses by SNI, as 1.15 does, or by the Host header. */
function withHost(bySni: string): (defaults: TemplateDefaults) => string {
  return ({ httpsRouting }) => (httpsRouting === 'host' ? bySni.replaceAll('ssl_fc_sni {', `${HOST} -i {`) : bySni);
}

const FORWARDED_TRUST =
  '  option forwardfor\n  http-request set-header X-Forwarded-Port %[dst_port]\n  http-request add-header X-Forwarded-Proto https if { ssl_fc }\n';

const FORWARDED_SET = `  option forwardfor
  http-request del-header X-Forwarded- -m beg
  http-request del-header X-Real-IP
  http-request del-header Forwarded
  http-request set-header X-Forwarded-Host %[req.hdr(host)]
  http-request set-header X-Forwarded-Port %[dst_port]
  http-request set-header X-Forwarded-Proto https if { ssl_fc }
  http-request set-header X-Forwarded-Proto http unless { ssl_fc }
`;

/** The frontends have left only what trusted proxies say. */
const FORWARDED_BY_PROXIES = String.raw`  option forwardfor
  http-request set-header X-Forwarded-Port 443 if { req.hdr(X-Forwarded-Proto) https wss } !{ req.hdr(X-Forwarded-Port) -m found }
  http-request set-header X-Forwarded-Port 80 if { req.hdr(X-Forwarded-Proto) http ws } !{ req.hdr(X-Forwarded-Port) -m found }
  http-request set-header X-Forwarded-Port %[dst_port] unless { req.hdr(X-Forwarded-Port) -m found }
  http-request set-header X-Forwarded-Proto https if { ssl_fc } !{ req.hdr(X-Forwarded-Proto) -m found }
  http-request set-header X-Forwarded-Proto http unless { req.hdr(X-Forwarded-Proto) -m found }
  http-request set-header X-Forwarded-Host %[req.hdr(host)] unless { req.hdr(X-Forwarded-Host) -m found }
  http-request set-header Forwarded for=%[src];proto=%[req.hdr(X-Forwarded-Proto)] unless { src -m sub : }
  http-request set-header Forwarded "for=\"[%[src]]\";proto=%[req.hdr(X-Forwarded-Proto)]" if { src -m sub : }
  http-request replace-header Forwarded (.*) "\1;host=\"%[req.hdr(X-Forwarded-Host)]\"" if { req.hdr(X-Forwarded-Host) -m reg ^[][A-Za-z0-9._:-]{1,255}$ }
`;

function forwardedLines({ forwarded, trustedProxies }: TemplateDefaults): string {
  if (trustedProxies !== undefined) return FORWARDED_BY_PROXIES;
  return forwarded === 'set' ? FORWARDED_SET : FORWARDED_TRUST;
}

/** A condition of a template that has placeholders. */
function notSecure(defaults: TemplateDefaults): string {
  return withoutTls(defaults).replaceAll(/[{}]/g, '$&$&');
}

const rows: Readonly<Record<TemplateName, Omit<TemplateRow, 'overridable'>>> = {
  HEAD: {
    description:
      'Global section, defaults and the statistics listener. Must not contain the word `daemon` and must contain `expose-fd listeners`.',
    raw: true,
    placeholders: [],
    default: defaultHead,
  },
  USERLIST_HEAD: {
    description: 'User list of a service with AUTH.',
    raw: false,
    placeholders: ['backend', 'user', 'passwd'],
    default: 'userlist user_{backend}\n  user {user} password {passwd}\n',
  },
  HTTP_FRONTEND_HEAD: {
    description: 'Head of the shared HTTP frontend.',
    raw: true,
    placeholders: [],
    default: ({ bindAddress, httpPort }) => `frontend marathon_http_in\n  bind ${bindAddress}:${httpPort}\n  mode http\n`,
  },
  HTTP_FRONTEND_APPID_HEAD: {
    description: 'Head of the frontend that routes by the header `X-Marathon-App-Id`.',
    raw: true,
    placeholders: [],
    default: ({ bindAddress, appidPort }) => `frontend marathon_http_appid_in\n  bind ${bindAddress}:${appidPort}\n  mode http\n`,
  },
  HTTPS_FRONTEND_HEAD: {
    description: 'Head of the shared HTTPS frontend.',
    raw: false,
    placeholders: ['sslCerts'],
    default: (defaults, haproxy) =>
      `frontend marathon_https_in\n  bind ${defaults.bindAddress}:${defaults.httpsPort} ssl {sslCerts}${alpn(defaults, haproxy)}\n  mode http\n`,
  },
  HTTPS_GROUPED_FRONTEND_HEAD: {
    description: 'With `--group-https-by-vhost`: head of the frontend that picks a vhost by SNI.',
    raw: true,
    placeholders: [],
    default: ({ bindAddress, httpsPort }) =>
      `frontend marathon_https_in\n  bind ${bindAddress}:${httpsPort}\n  mode tcp\n  tcp-request inspect-delay 5s\n  tcp-request content accept if { req_ssl_hello_type 1 }\n`,
  },
  HTTPS_GROUPED_VHOST_FRONTEND_ACL: {
    description: 'With `--group-https-by-vhost`: the rule that picks one vhost.',
    raw: false,
    placeholders: ['backend', 'host'],
    default: '  use_backend {backend} if {{ req_ssl_sni -i {host} }}\n',
  },
  HTTPS_GROUPED_VHOST_BACKEND_HEAD: {
    description: 'With `--group-https-by-vhost`: the backend that leads to the vhost’s own frontend.',
    raw: false,
    placeholders: ['name'],
    default: 'backend {name}\n  server loopback-for-tls abns@{name} send-proxy-v2\n',
  },
  HTTPS_GROUPED_VHOST_FRONTEND_HEAD: {
    description: 'With `--group-https-by-vhost`: head of the frontend of one vhost.',
    raw: false,
    placeholders: ['name', 'sslCerts', 'bindOpts', 'host'],
    default: (defaults, haproxy) =>
      `frontend {name}\n  mode http\n  bind abns@{name} accept-proxy ssl {sslCerts}${alpn(defaults, haproxy)}{bindOpts}\n${misdirected(defaults)}`,
  },
  HTTP_FRONTEND_ACL: {
    description: 'Rule of a vhost on the shared HTTP frontend.',
    raw: false,
    placeholders: ['cleanedUpHostname', 'hostname', 'appId', 'backend'],
    default: '  acl host_{cleanedUpHostname} hdr(host) -i {hostname}\n  use_backend {backend} if host_{cleanedUpHostname}\n',
  },
  HTTP_FRONTEND_ACL_ONLY: {
    description: 'Only the ACL of a vhost, where several vhosts or a redirect share one rule.',
    raw: false,
    placeholders: ['cleanedUpHostname', 'hostname', 'appId', 'backend'],
    default: '  acl host_{cleanedUpHostname} hdr(host) -i {hostname}\n',
  },
  HTTP_FRONTEND_ACL_ONLY_WITH_PATH: {
    description: 'Only the ACL of a path.',
    raw: false,
    placeholders: ['cleanedUpHostname', 'hostname', 'appId', 'backend', 'path'],
    default: '  acl path_{backend} path_beg {path}\n',
  },
  HTTP_FRONTEND_ACL_ONLY_WITH_PATH_AND_AUTH: {
    description: 'Only the ACLs of a path and of the users.',
    raw: false,
    placeholders: ['cleanedUpHostname', 'hostname', 'appId', 'backend', 'path', 'realm'],
    default: '  acl path_{backend} path_beg {path}\n  acl auth_{cleanedUpHostname} http_auth(user_{backend})\n',
  },
  HTTP_FRONTEND_ACL_WITH_AUTH: {
    description: 'Rule of a vhost with AUTH on the shared HTTP frontend.',
    raw: false,
    placeholders: ['cleanedUpHostname', 'hostname', 'appId', 'backend', 'realm'],
    default:
      '  acl host_{cleanedUpHostname} hdr(host) -i {hostname}\n  acl auth_{cleanedUpHostname} http_auth(user_{backend})\n  http-request auth realm "{realm}" if host_{cleanedUpHostname} !auth_{cleanedUpHostname}\n  use_backend {backend} if host_{cleanedUpHostname}\n',
  },
  HTTP_FRONTEND_ACL_WITH_PATH: {
    description: 'Rule of a vhost with PATH on the shared HTTP frontend.',
    raw: false,
    placeholders: ['cleanedUpHostname', 'hostname', 'appId', 'backend', 'path'],
    default:
      '  acl host_{cleanedUpHostname} hdr(host) -i {hostname}\n  acl path_{backend} path_beg {path}\n  use_backend {backend} if host_{cleanedUpHostname} path_{backend}\n',
  },
  HTTP_FRONTEND_ACL_WITH_AUTH_AND_PATH: {
    description: 'Rule of a vhost with AUTH and PATH on the shared HTTP frontend.',
    raw: false,
    placeholders: ['cleanedUpHostname', 'hostname', 'appId', 'backend', 'path', 'realm'],
    default:
      '  acl host_{cleanedUpHostname} hdr(host) -i {hostname}\n  acl auth_{cleanedUpHostname} http_auth(user_{backend})\n  acl path_{backend} path_beg {path}\n  http-request auth realm "{realm}" if host_{cleanedUpHostname} path_{backend} !auth_{cleanedUpHostname}\n  use_backend {backend} if host_{cleanedUpHostname} path_{backend}\n',
  },
  HTTP_FRONTEND_ROUTING_ONLY: {
    description: 'The routing rule after the ACLs of several vhosts.',
    raw: false,
    placeholders: ['cleanedUpHostname', 'hostname', 'appId', 'backend'],
    default: '  use_backend {backend} if host_{cleanedUpHostname}\n',
  },
  HTTP_FRONTEND_ROUTING_ONLY_WITH_AUTH: {
    description: 'The same with AUTH.',
    raw: false,
    placeholders: ['cleanedUpHostname', 'hostname', 'appId', 'backend', 'realm'],
    default:
      '  acl auth_{cleanedUpHostname} http_auth(user_{backend})\n  http-request auth realm "{realm}" if host_{cleanedUpHostname} !auth_{cleanedUpHostname}\n  use_backend {backend} if host_{cleanedUpHostname}\n',
  },
  HTTP_FRONTEND_ROUTING_ONLY_WITH_PATH: {
    description: 'The same with PATH.',
    raw: false,
    placeholders: ['cleanedUpHostname', 'hostname', 'appId', 'backend', 'path'],
    default: '  use_backend {backend} if host_{cleanedUpHostname} path_{backend}\n',
  },
  HTTP_FRONTEND_ROUTING_ONLY_WITH_PATH_AND_AUTH: {
    description: 'The same with PATH and AUTH.',
    raw: false,
    placeholders: ['cleanedUpHostname', 'hostname', 'appId', 'backend', 'path', 'realm'],
    default:
      '  http-request auth realm "{realm}" if host_{cleanedUpHostname} path_{backend} !auth_{cleanedUpHostname}\n  use_backend {backend} if host_{cleanedUpHostname} path_{backend}\n',
  },
  HTTP_FRONTEND_APPID_ACL: {
    description: 'Rule of an app on the app-id frontend.',
    raw: false,
    placeholders: ['cleanedUpAppId', 'hostname', 'appId', 'backend'],
    default: '  acl app_{cleanedUpAppId} hdr(x-marathon-app-id) -i {appId}\n  use_backend {backend} if app_{cleanedUpAppId}\n',
  },
  MAP_HTTP_FRONTEND_ACL: {
    description: 'With `--haproxy-map`: the one rule that looks vhosts up, where the first service that needs it has one vhost.',
    raw: false,
    placeholders: ['haproxy_dir'],
    default: '  use_backend %[req.hdr(host),lower,regsub(:.*$,,),map({haproxy_dir}/domain2backend.map)]\n',
  },
  MAP_HTTP_FRONTEND_ACL_ONLY: {
    description: 'With `--haproxy-map`: the one rule that looks vhosts up, where the first service that needs it has several.',
    raw: false,
    placeholders: ['haproxy_dir'],
    default: '  use_backend %[req.hdr(host),lower,regsub(:.*$,,),map({haproxy_dir}/domain2backend.map)]\n',
  },
  MAP_HTTPS_FRONTEND_ACL: {
    description: 'With `--haproxy-map`: the one rule that looks vhosts up on the shared HTTPS frontend.',
    raw: false,
    placeholders: ['haproxy_dir', 'hostname'],
    default: ({ httpsRouting }) =>
      `  use_backend %[${httpsRouting === 'host' ? HOST : 'ssl_fc_sni'},lower,map({haproxy_dir}/domain2backend.map)]\n`,
  },
  MAP_HTTP_FRONTEND_APPID_ACL: {
    description: 'With `--haproxy-map`: the one rule that looks app ids up.',
    raw: false,
    placeholders: ['haproxy_dir'],
    default: '  use_backend %[req.hdr(x-marathon-app-id),lower,map({haproxy_dir}/app2backend.map)]\n',
  },
  HTTPS_FRONTEND_ACL: {
    description: 'Rule of a vhost on the shared HTTPS frontend.',
    raw: false,
    placeholders: ['cleanedUpHostname', 'hostname', 'appId', 'backend'],
    default: withHost('  use_backend {backend} if {{ ssl_fc_sni {hostname} }}\n'),
  },
  HTTPS_FRONTEND_ACL_ONLY_WITH_PATH: {
    description: 'Only the ACL of a path, on HTTPS.',
    raw: false,
    placeholders: ['cleanedUpHostname', 'hostname', 'appId', 'backend', 'path'],
    default: '  acl path_{backend} path_beg {path}\n',
  },
  HTTPS_FRONTEND_ACL_WITH_AUTH: {
    description: 'Rule of a vhost with AUTH on the shared HTTPS frontend.',
    raw: false,
    placeholders: ['cleanedUpHostname', 'hostname', 'appId', 'backend', 'realm'],
    default: withHost(
      '  acl auth_{cleanedUpHostname} http_auth(user_{backend})\n  http-request auth realm "{realm}" if {{ ssl_fc_sni {hostname} }} !auth_{cleanedUpHostname}\n  use_backend {backend} if {{ ssl_fc_sni {hostname} }}\n',
    ),
  },
  HTTPS_FRONTEND_ACL_WITH_PATH: {
    description: 'Rule of a vhost with PATH on the shared HTTPS frontend.',
    raw: false,
    placeholders: ['cleanedUpHostname', 'hostname', 'appId', 'backend', 'path'],
    default: withHost('  use_backend {backend} if {{ ssl_fc_sni {hostname} }} path_{backend}\n'),
  },
  HTTPS_FRONTEND_ACL_WITH_AUTH_AND_PATH: {
    description: 'Rule of a vhost with AUTH and PATH on the shared HTTPS frontend.',
    raw: false,
    placeholders: ['cleanedUpHostname', 'hostname', 'appId', 'backend', 'path', 'realm'],
    default: withHost(
      '  acl auth_{cleanedUpHostname} http_auth(user_{backend})\n  http-request auth realm "{realm}" if {{ ssl_fc_sni {hostname} }} path_{backend} !auth_{cleanedUpHostname}\n  use_backend {backend} if {{ ssl_fc_sni {hostname} }} path_{backend}\n',
    ),
  },
  HTTPS_FRONTEND_AUTH_ACL_ONLY: {
    description: 'Accepted and not used, as in 1.15.',
    raw: false,
    placeholders: ['cleanedUpHostname', 'hostname', 'appId', 'backend', 'realm'],
    default: '  acl auth_{cleanedUpHostname} http_auth(user_{backend})\n',
  },
  HTTPS_FRONTEND_AUTH_REQUEST_ONLY: {
    description: 'Accepted and not used, as in 1.15.',
    raw: false,
    placeholders: ['cleanedUpHostname', 'hostname', 'appId', 'backend', 'realm'],
    default: withHost('  http-request auth realm "{realm}" if {{ ssl_fc_sni {hostname} }} !auth_{cleanedUpHostname}\n'),
  },
  HTTPS_FRONTEND_ROUTING_ONLY_WITH_PATH_AND_AUTH: {
    description: 'Accepted and not used, as in 1.15.',
    raw: false,
    placeholders: ['cleanedUpHostname', 'hostname', 'appId', 'backend', 'path', 'realm'],
    default:
      '  http-request auth realm "{realm}" if host_{cleanedUpHostname} path_{backend} !auth_{cleanedUpHostname}\n  use_backend {backend} if host_{cleanedUpHostname} path_{backend}\n',
  },
  FRONTEND_HEAD: {
    description: 'Head of a service’s own frontend.',
    raw: false,
    placeholders: ['bindAddr', 'backend', 'servicePort', 'mode', 'sslCert', 'bindOptions'],
    default: 'frontend {backend}\n  bind {bindAddr}:{servicePort}{sslCert}{bindOptions}\n  mode {mode}\n',
  },
  FRONTEND_BACKEND_GLUE: {
    description: 'Leads from a service’s own frontend to its backend.',
    raw: false,
    placeholders: ['backend'],
    default: '  use_backend {backend}\n',
  },
  BACKEND_HEAD: {
    description: 'Head of a backend.',
    raw: false,
    placeholders: ['backend', 'balance', 'mode'],
    default: 'backend {backend}\n  balance {balance}\n  mode {mode}\n',
  },
  BACKEND_REDIRECT_HTTP_TO_HTTPS: {
    description: 'Redirect to https of a vhost with REDIRECT_TO_HTTPS.',
    raw: false,
    placeholders: ['bindAddr', 'cleanedUpHostname'],
    default: (defaults) => `  redirect scheme https code 301 if ${notSecure(defaults)} host_{cleanedUpHostname}\n`,
  },
  BACKEND_REDIRECT_HTTP_TO_HTTPS_WITH_PATH: {
    description: 'The same for a vhost with PATH.',
    raw: false,
    placeholders: ['bindAddr', 'cleanedUpHostname', 'backend'],
    default: (defaults) => `  redirect scheme https code 301 if ${notSecure(defaults)} host_{cleanedUpHostname} path_{backend}\n`,
  },
  BACKEND_HSTS_OPTIONS: {
    description: 'Added to the backend of a service with USE_HSTS.',
    raw: true,
    placeholders: [],
    default: '  http-after-response set-header Strict-Transport-Security max-age=15768000\n',
  },
  BACKEND_HTTP_OPTIONS: {
    description: 'Added to every backend of mode http.',
    raw: true,
    placeholders: [],
    default: forwardedLines,
  },
  BACKEND_HTTP_HEALTHCHECK_OPTIONS: {
    description: 'Health check of a backend of mode http.',
    raw: false,
    placeholders: [
      'healthCheckPortIndex',
      'healthCheckPort',
      'healthCheckProtocol',
      'healthCheckPath',
      'healthCheckTimeoutSeconds',
      'healthCheckIntervalSeconds',
      'healthCheckGracePeriodSeconds',
      'healthCheckMaxConsecutiveFailures',
      'healthCheckFalls',
      'healthCheckPortOptions',
    ],
    default: '  option httpchk GET {healthCheckPath}\n  timeout check {healthCheckTimeoutSeconds}s\n',
  },
  BACKEND_TCP_HEALTHCHECK_OPTIONS: {
    description: 'Health check of a backend of mode tcp.',
    raw: false,
    placeholders: [
      'healthCheckPortIndex',
      'healthCheckPort',
      'healthCheckProtocol',
      'healthCheckPath',
      'healthCheckTimeoutSeconds',
      'healthCheckIntervalSeconds',
      'healthCheckGracePeriodSeconds',
      'healthCheckMaxConsecutiveFailures',
      'healthCheckFalls',
      'healthCheckPortOptions',
    ],
    default: '',
  },
  BACKEND_STICKY_OPTIONS: {
    description: 'Added to the backend of a service with STICKY.',
    raw: true,
    placeholders: [],
    default: ({ dynamicCookies }) =>
      dynamicCookies === true
        ? '  dynamic-cookie-key marathon-lb\n  cookie mesosphere_server_id insert indirect nocache dynamic\n'
        : '  cookie mesosphere_server_id insert indirect nocache\n',
  },
  BACKEND_SERVER_OPTIONS: {
    description: 'One server.',
    raw: false,
    placeholders: ['host', 'host_ipv4', 'port', 'serverName', 'serverId', 'cookieOptions', 'healthCheckOptions', 'otherOptions'],
    default: '  server {serverName} {host_ipv4}:{port} id {serverId}{cookieOptions}{healthCheckOptions}{otherOptions}\n',
  },
  BACKEND_SERVER_HTTP_HEALTHCHECK_OPTIONS: {
    description: '`healthCheckOptions` of a server of mode http.',
    raw: false,
    placeholders: [
      'healthCheckPortIndex',
      'healthCheckPort',
      'healthCheckProtocol',
      'healthCheckPath',
      'healthCheckTimeoutSeconds',
      'healthCheckIntervalSeconds',
      'healthCheckGracePeriodSeconds',
      'healthCheckMaxConsecutiveFailures',
      'healthCheckFalls',
      'healthCheckPortOptions',
    ],
    default: '  check inter {healthCheckIntervalSeconds}s fall {healthCheckFalls}{healthCheckPortOptions}\n',
  },
  BACKEND_SERVER_TCP_HEALTHCHECK_OPTIONS: {
    description: '`healthCheckOptions` of a server of mode tcp.',
    raw: false,
    placeholders: [
      'healthCheckPortIndex',
      'healthCheckPort',
      'healthCheckProtocol',
      'healthCheckPath',
      'healthCheckTimeoutSeconds',
      'healthCheckIntervalSeconds',
      'healthCheckGracePeriodSeconds',
      'healthCheckMaxConsecutiveFailures',
      'healthCheckFalls',
      'healthCheckPortOptions',
    ],
    default: '  check inter {healthCheckIntervalSeconds}s fall {healthCheckFalls}{healthCheckPortOptions}\n',
  },
  HTTP_BACKEND_PROXYPASS_GLUE: {
    description:
      'Cuts HTTP_BACKEND_PROXYPASS_PATH off the path. `{proxypattern}` is that path as a regular expression, in any case of letters if PATH has `-i`.',
    raw: false,
    placeholders: ['hostname', 'proxypath', 'proxypattern', 'requestHost'],
    default: '  http-request set-header Host {requestHost}\n  http-request replace-path ^{proxypattern}(/|$)(.*) /\\2\n',
  },
  HTTP_BACKEND_REVPROXY_GLUE: {
    description: 'Puts HTTP_BACKEND_REVPROXY_PATH into `Location` headers.',
    raw: false,
    placeholders: ['hostname', 'rootpath', 'hostPattern'],
    default:
      '  http-response replace-header Location ^(?:https?://{hostPattern}(?::[0-9]+)?((?:[/?].*)?)|(/(?:[^/].*)?))$ {rootpath}\\1\\2\n',
  },
  HTTP_BACKEND_REDIR: {
    description:
      'Redirects `/` of the vhost to HTTP_BACKEND_REDIR. The label of this name sets the path, so only the environment or a file replaces the template.',
    raw: false,
    placeholders: ['hostname', 'redirpath'],
    default:
      '  acl is_root path -i /\n  acl is_domain hdr(host) -i {hostname}\n  redirect code 301 location {redirpath} if is_domain is_root\n',
  },
  HTTP_BACKEND_NETWORK_ALLOWED_ACL: {
    description: 'One address or range that may reach a backend of mode http.',
    raw: false,
    placeholders: ['network_allowed'],
    default: '  acl network_allowed src {network_allowed}\n',
  },
  HTTP_BACKEND_ACL_ALLOW_DENY: {
    description: 'Lets those in and nobody else, in mode http.',
    raw: true,
    placeholders: [],
    default: '  http-request allow if network_allowed\n  http-request deny\n',
  },
  TCP_BACKEND_NETWORK_ALLOWED_ACL: {
    description: 'One address or range that may reach a backend of mode tcp.',
    raw: false,
    placeholders: ['network_allowed'],
    default: '  acl network_allowed src {network_allowed}\n',
  },
  TCP_BACKEND_ACL_ALLOW_DENY: {
    description: 'Lets those in and nobody else, in mode tcp.',
    raw: true,
    placeholders: [],
    default: '  tcp-request content accept if network_allowed\n  tcp-request content reject\n',
  },
};

export const templates = Object.fromEntries(
  Object.entries(rows).map(([name, row]) => [name, { ...row, overridable: templateLabels[name as TemplateName] }]),
) as Readonly<Record<TemplateName, TemplateRow>>;
