import type { TemplateDefaults } from '../config/settings.ts';
import { LOG_LENGTH } from './frontends/access-log.ts';
import { PRIVATE_DOMAINS } from '../lib/text/private-names.ts';

/** Name of the backend with the program's own endpoints, and of the userlist for them. */
export const ADMIN = 'marathon_lb_admin';

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
    ...browserLines(defaults),
    ...(adminAuth === undefined ? [] : GUARDED_LOGIN),
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

/**
 * Asks for a password. From one address ten wrong ones a minute are answered; those after them wait as long as `timeout tarpit` and count as
 * denied requests of the frontend. The right one is never held back: an attacker behind the same address locks nobody out.
 */
const GUARDED_LOGIN = [
  '  stick-table type ipv6 size 10k expire 2m store gpc0_rate(1m)',
  '  http-request track-sc0 src',
  `  http-request set-var(txn.login) bool(true) if { http_auth(${ADMIN}) }`,
  '  http-request sc-inc-gpc0(0) if { req.hdr(authorization) -m found } !{ var(txn.login) -m bool }',
  '  http-request tarpit deny_status 429 if { req.hdr(authorization) -m found } !{ var(txn.login) -m bool } { sc0_gpc0_rate gt 10 }',
  '  http-request auth realm marathon-lb unless { var(txn.login) -m bool }',
];

/** Returns a name as part of a regular expression. A backslash would have to be quoted once more for HAProxy. */
function escaped(name: string): string {
  return name.replaceAll('.', '[.]');
}

/**
 * Refuses a browser (tools send no Accept-Language) that knows this port by a public name which is not ours: a page whose name leads here
 * suddenly (DNS rebinding) could read configuration and statistics.
 */
function browserLines({ adminHosts = [] }: TemplateDefaults): string[] {
  if (adminHosts.length === 0) return [];
  const local = `([^:]+[.])?(${PRIVATE_DOMAINS.map(escaped).join('|')})|[^.:]+`;
  const known = ['[[][0-9a-f:.]+[]]', '[0-9.]+', local, ...adminHosts.map(escaped)].join('|');
  return [
    `  http-request deny deny_status 403 if { req.hdr(accept-language) -m found } !{ req.hdr(host) -m reg -i '^(${known})[.]?(:[0-9]+)?$' }`,
  ];
}

/** Answers in place of HAProxy's own page while the program does not run. */
const AWAY =
  '  http-error status 503 content-type text/plain string "marathon-lb does not answer: it is being restarted, or has ended. HAProxy goes on with its last configuration.\\n"';

/** At a reload the old worker answers the next request on a kept connection, instead of closing it under that request (docs/performance.md). */
export const KEPT = 'idle-close-on-response';

/** Without a length, HAProxy cuts lines after 1024 bytes. */
function logLines({ logTarget = '/dev/log', accessLog }: TemplateDefaults): string[] {
  const target = accessLog === undefined ? logTarget : logTarget.replace(/^\S+/, `$& len ${LOG_LENGTH}`);
  return [`  log ${target} local0`, ...(logTarget === '/dev/log' ? [`  log ${logTarget} local1 notice`] : [])];
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
function luaLines({ luaFolder, authHosts = [] }: TemplateDefaults): string[] {
  if (luaFolder === undefined) return [];
  const files = ['getpids', 'getconfig', 'getmaps'].map((name) => `  lua-load ${quoted(`${luaFolder}/${name}.lua`)}`);
  if (authHosts.length > 0) {
    // One a thread: questions of several threads do not wait for each other.
    const load = `  lua-load-per-thread ${quoted(`${luaFolder}/forwardauth.lua`)}`;
    files.push(`  setenv MARATHON_LB_AUTH_HOSTS "${authHosts.join(' ')}"`, load);
  }
  const conversion = ['  .if version_atleast(3.1)', '  tune.lua.bool-sample-conversion normal', '  .endif'];
  return ['  .if feature(LUA)', ...conversion, ...files, '  .endif', ...(authHosts.length > 0 ? PATIENCE : [])];
}

/** A question of AUTH_URL is asked twice if there is no answer; HAProxy 2.6, which knows none of this, asks four times. */
const PATIENCE = ['  .if version_atleast(2.8)', '  httpclient.retries 1', '  httpclient.timeout.connect 2s', '  .endif'];

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
