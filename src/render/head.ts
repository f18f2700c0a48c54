import type { TemplateDefaults } from '../config/settings.ts';

/**
 * The default HEAD: 1.15's limits and endpoints, TLS by Mozilla's intermediate profile (version 5.7), valid without a
 * warning on HAProxy 2.6, 3.0, 3.2 and 3.4.
 */
export function defaultHead(defaults: TemplateDefaults): string {
  const { bindAddress, statsPort, statsSocket, maxconn, globalDefaultOptions, adminAddress, adminAuth } = defaults;
  const options = [...new Set([...globalDefaultOptions, KEPT])].sort();
  const login = adminAuth === undefined ? [] : [`  http-request auth realm marathon-lb unless { http_auth(${ADMIN}) }`];
  return [
    'global',
    ...logLines(defaults),
    '  spread-checks 5',
    '  max-spread-checks 15000',
    `  maxconn ${maxconn}`,
    ...(defaults.hardStopAfter === undefined ? [] : [`  hard-stop-after ${time(defaults.hardStopAfter)}`]),
    ...userLines(defaults),
    '  tune.ssl.default-dh-param 2048',
    `  ssl-default-bind-ciphers ${CIPHERS}`,
    `  ssl-default-bind-ciphersuites ${CIPHERSUITES}`,
    '  ssl-default-bind-curves X25519:prime256v1:secp384r1',
    '  ssl-default-bind-options prefer-client-ciphers ssl-min-ver TLSv1.2 no-tls-tickets',
    `  ssl-default-server-ciphers ${CIPHERS}`,
    `  ssl-default-server-ciphersuites ${CIPHERSUITES}`,
    '  ssl-default-server-options ssl-min-ver TLSv1.2 no-tls-tickets',
    `  stats socket ${statsSocket} mode 600 level admin expose-fd listeners`,
    ...luaLines(defaults),
    'defaults',
    '  log global',
    '  retries 3',
    '  backlog 10000',
    `  maxconn ${maxconn}`,
    '  timeout connect 3s',
    '  timeout client 30s',
    '  timeout server 30s',
    '  timeout tunnel 3600s',
    '  timeout http-keep-alive 1s',
    '  timeout http-request 15s',
    '  timeout queue 30s',
    '  timeout tarpit 60s',
    ...options.map((option) => `  option ${option}`),
    ...(adminAuth === undefined ? [] : [`userlist ${ADMIN}`, `  user ${adminAuth.user} password ${adminAuth.hash}`]),
    'listen stats',
    `  bind ${bindAddress}:${statsPort}`,
    '  mode http',
    ...login,
    '  http-request use-service prometheus-exporter if { path /metrics }',
    ...serviceLines(defaults),
    ...(adminAddress === undefined ? [] : [`  use_backend ${ADMIN} if { path_beg /_mlb/ /_mlb_signal/ }`]),
    '  stats enable',
    '  monitor-uri /_haproxy_health_check',
    // Whatever leads there: a rule that takes the backend's name from a header, say.
    ...(adminAddress === undefined ? [] : [`backend ${ADMIN}`, '  mode http', ...login, AWAY, `  server admin ${adminAddress}`]),
    '',
  ].join('\n');
}

/** Answers in place of HAProxy's own page while the program does not run. */
const AWAY =
  '  http-error status 503 content-type text/plain string "marathon-lb does not answer: it is being restarted, or has ended. HAProxy goes on with its last configuration.\\n"';

/** At a reload the old worker answers the next request on a kept connection, instead of closing it under that request (docs/performance.md). */
export const KEPT = 'idle-close-on-response';

/** Name of the backend with the program's own endpoints, and of the userlist for them. */
export const ADMIN = 'marathon_lb_admin';

function logLines({ logTarget }: TemplateDefaults): string[] {
  return logTarget === undefined ? ['  log /dev/log local0', '  log /dev/log local1 notice'] : [`  log ${logTarget} local0`];
}

/**
 * Since 3.4 HAProxy warns if it is started by root and the configuration says neither which user it becomes nor that it has no chroot: the
 * Lua services, the log socket and the program's own endpoints are files that it opens while it runs.
 */
function userLines({ runAs }: TemplateDefaults): string[] {
  if (runAs === undefined) return [];
  const isRoot = runAs.user === 'root';
  const words = [...(runAs.mayChroot ? ['  chroot /'] : []), ...(isRoot ? ['  user root'] : [])];
  return [
    ...(words.length === 0 ? [] : ['  .if version_atleast(3.4)', ...words, '  .endif']),
    ...(isRoot ? [] : [`  user ${runAs.user}`, `  group ${runAs.group}`]),
  ];
}

/** The first keyword is new in 3.1; without it that version and later ones warn as soon as there is Lua. */
function luaLines({ luaFolder }: TemplateDefaults): string[] {
  if (luaFolder === undefined) return [];
  const files = ['getpids', 'getconfig', 'getmaps'].map((name) => `  lua-load ${quoted(`${luaFolder}/${name}.lua`)}`);
  const conversion = ['  .if version_atleast(3.1)', '  tune.lua.bool-sample-conversion normal', '  .endif'];
  return ['  .if feature(LUA)', ...conversion, ...files, '  .endif'];
}

function serviceLines({ luaFolder, plainConfig }: TemplateDefaults): string[] {
  if (luaFolder === undefined) return [];
  const config = plainConfig === true ? 'getconfig_plain' : 'getconfig';
  const services = { getpids: 'getpids', getconfig: config, getvhostmap: 'getvhostmap', getappmap: 'getappmap' };
  const lines = Object.entries(services).map(
    ([path, service]) => `  http-request use-service lua.${service} if { path /_haproxy_${path} }`,
  );
  return ['  .if feature(LUA)', ...lines, '  .endif'];
}

/** HAProxy takes whole numbers only. */
function time(seconds: number): string {
  return Number.isInteger(seconds) ? `${seconds}s` : `${Math.round(seconds * 1000)}ms`;
}

/** Words of the configuration end at blanks; quotes, # and $ mean something. */
function quoted(path: string): string {
  return path.replace(/[\s"'#\\$]/g, '\\$&');
}

const CIPHERS = [
  'ECDHE-ECDSA-AES128-GCM-SHA256',
  'ECDHE-RSA-AES128-GCM-SHA256',
  'ECDHE-ECDSA-AES256-GCM-SHA384',
  'ECDHE-RSA-AES256-GCM-SHA384',
  'ECDHE-ECDSA-CHACHA20-POLY1305',
  'ECDHE-RSA-CHACHA20-POLY1305',
  'DHE-RSA-AES128-GCM-SHA256',
  'DHE-RSA-AES256-GCM-SHA384',
  'DHE-RSA-CHACHA20-POLY1305',
].join(':');

const CIPHERSUITES = 'TLS_AES_128_GCM_SHA256:TLS_AES_256_GCM_SHA384:TLS_CHACHA20_POLY1305_SHA256';
