import type { TemplateDefaults } from '../config/settings.ts';

/**
 * The default HEAD: 1.15's limits and endpoints, TLS by Mozilla's intermediate profile (version 5.7), valid without a
 * warning on HAProxy 2.6, 3.0 and 3.2.
 */
export function defaultHead(defaults: TemplateDefaults): string {
  const { bindAddress, statsPort, statsSocket, maxconn, globalDefaultOptions, adminAddress } = defaults;
  const options = [...new Set(globalDefaultOptions)].sort();
  return [
    'global',
    '  log /dev/log local0',
    '  log /dev/log local1 notice',
    '  spread-checks 5',
    '  max-spread-checks 15000',
    `  maxconn ${maxconn}`,
    '  tune.ssl.default-dh-param 2048',
    `  ssl-default-bind-ciphers ${CIPHERS}`,
    `  ssl-default-bind-ciphersuites ${CIPHERSUITES}`,
    '  ssl-default-bind-curves X25519:prime256v1:secp384r1',
    '  ssl-default-bind-options prefer-client-ciphers ssl-min-ver TLSv1.2 no-tls-tickets',
    `  ssl-default-server-ciphers ${CIPHERS}`,
    `  ssl-default-server-ciphersuites ${CIPHERSUITES}`,
    '  ssl-default-server-options ssl-min-ver TLSv1.2 no-tls-tickets',
    `  stats socket ${statsSocket} mode 600 level admin expose-fd listeners`,
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
    'listen stats',
    `  bind ${bindAddress}:${statsPort}`,
    '  mode http',
    '  http-request use-service prometheus-exporter if { path /metrics }',
    ...(adminAddress === undefined ? [] : ['  use_backend marathon_lb_admin if { path_beg /_mlb/ }']),
    '  stats enable',
    '  monitor-uri /_haproxy_health_check',
    ...(adminAddress === undefined ? [] : ['backend marathon_lb_admin', '  mode http', `  server admin ${adminAddress}`]),
    '',
  ].join('\n');
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
