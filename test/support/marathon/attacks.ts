/** What a team may try with nothing but the labels of its apps and their definitions, no raw templates. */
import { app } from './apps.ts';

export interface Targets {
  /** A file of the machine that nothing must read or replace. */
  readonly canary: string;
  /** HAProxy's runtime socket. */
  readonly socket: string;
  readonly http: number;
  readonly stats: number;
  /** The service port of `/victim/web`. */
  readonly victimPort: number;
}

export interface Attack {
  readonly name: string;
  /** Of service 0, without `HAPROXY_0_`. */
  readonly own?: Readonly<Record<string, string>>;
  readonly labels?: Readonly<Record<string, string>>;
  readonly more?: object;
  /** In the line of the log that names the app; undefined: it changes nothing for anybody else, and need not be named. */
  readonly told?: RegExp | undefined;
}

/** Returns the attacks on an app `/victim/web` with the host shop.test and a deployment group `shop`. */
export function attacksOn({ canary, socket, http, stats, victimPort }: Targets): readonly Attack[] {
  return [
    bind('file', `unix@${canary},*`),
    bind('socket', `unix@${socket},*`, { MODE: 'tcp' }),
    bind('descriptor', 'fd@3,*'),
    bind('nowhere', 'unix@/nonexistent/x,*'),
    bind('words', `*:${http} name x`),
    bind('tab', `*:${http}\tname x`),
    bind('range', `*:${http - 1}-${http + 1},*`),
    bind('quotes', `"*:${http}",*`),
    bind('inner-quotes', `*:${String(http).slice(0, 2)}"${String(http).slice(2)}",*`),
    bind('hex', `*:${String(http).slice(0, -1)}\\x3${String(http).slice(-1)},*`),
    bind('variable', `"*:\${X-${http}}",*`),
    bind('quoted-address', '"192.0.2.1"'),
    { name: 'shared-port', own: { BIND_ADDR: `*:${http},*` }, told: new RegExp(`port ${http}\\b`) },
    { name: 'stats-port', own: { BIND_ADDR: `*:${stats},*` }, told: new RegExp(`port ${stats}\\b`) },
    { name: 'victims-port', own: { BIND_ADDR: `127.0.0.1:${victimPort},*` }, told: new RegExp(`port ${victimPort}\\b`) },
    { name: 'squatted-port', own: { PORT: String(victimPort) }, told: new RegExp(`port ${victimPort}\\b`) },
    { name: 'unbindable', own: { BIND_ADDR: '203.0.113.9' }, told: /cannot bind 203\.0\.113\.9/ },
    host('hex-host', 'shop.tes\\x74'),
    host('quoted-host', '"shop.test"'),
    host('inner-quoted-host', 'sho"p.test"'),
    host('escaped-host', 'shop\\.test'),
    { name: 'squatted-host', own: { VHOST: 'shop.test,login.test' }, told: /shop\.test/ },
    { name: 'squatted-path', own: { VHOST: 'shop.test', PATH: '-i /api' } },
    { name: 'squatted-paths', own: { VHOST: 'shop.test', PATH: '/api /x' } },
    { name: 'victims-name', own: { VHOST: `victim_web_${victimPort}` } },
    {
      name: 'verify',
      own: { VHOST: 'shop.test', PATH: '/zz', BIND_OPTIONS: 'verify required ca-file @system-ca' },
    },
    { name: 'many-hosts', own: { VHOST: names(50_000) }, told: /it must have at most 65536 characters/ },
    { name: 'some-hosts', own: { VHOST: names(8000) }, told: /of which the first 1000 are served/ },
    label('costly-hash', 'AUTH', 'r:u:$6$rounds=5000000$salt$x'),
    label('realm', 'AUTH', 'a${X[*]-a if TRUE or { str(1) -m str}:u:$5$abc$def'),
    path('file-path', `-f ${canary}`),
    path('hex-file-path', `\\x2df ${canary}`),
    { name: 'long-path', own: { PATH: `/${'x'.repeat(64_000)}` } },
    { name: 'longer-path', own: { PATH: `/${'x'.repeat(300_000)}` }, told: /it must have at most 65536 characters/ },
    label('map-file', 'HTTP_BACKEND_PROXYPASS_PATH', `/x /%[str(canary),map(${canary}),url_enc]/%[env(HOME)] #`),
    label('map-file-back', 'HTTP_BACKEND_REVPROXY_PATH', `/%[str(canary),map(${canary})]`),
    label('format-redirect', 'HTTP_BACKEND_REDIR', '/%[env(HOME)]'),
    label('crt-list', 'BIND_OPTIONS', `ssl crt-list ${canary}`),
    label('network-file', 'BACKEND_NETWORK_ALLOWED_ACL', `-f ${canary}`),
    { name: 'missing-certificate', own: { SSL_CERT: '/nonexistent/x.pem' }, told: /\/nonexistent\/x\.pem/ },
    { name: 'endless-certificate', own: { SSL_CERT: '/dev/zero' }, told: /\/dev\/zero/ },
    { name: 'text-as-certificate', own: { SSL_CERT: canary }, told: /HAProxy rejects it/ },
    {
      name: 'group-lines',
      labels: { HAPROXY_DEPLOYMENT_GROUP: 'a\n  #' },
      told: /HAPROXY_DEPLOYMENT_GROUP .*must be one line/,
    },
    { name: 'group-comment', labels: { HAPROXY_DEPLOYMENT_GROUP: 'a #' }, told: /HAPROXY_DEPLOYMENT_GROUP .*must be an app id/ },
    {
      name: 'group-of-others',
      labels: {
        HAPROXY_DEPLOYMENT_GROUP: 'shop',
        HAPROXY_DEPLOYMENT_COLOUR: 'green',
        HAPROXY_DEPLOYMENT_STARTED_AT: '2030-01-01T00:00:00Z',
        HAPROXY_DEPLOYMENT_TARGET_INSTANCES: '2',
        HAPROXY_DEPLOYMENT_NEW_INSTANCES: '2',
      },
      own: { VHOST: 'group.test' },
      told: /not folded into \/?shop/,
    },
    {
      name: 'many-labels',
      labels: Object.fromEntries(Array.from({ length: 10_000 }, (_, at) => [`HAPROXY_${at}_FOO`, 'x'.repeat(20)])),
      told: /and 9980 more of its labels/,
    },
    {
      name: 'check-path',
      own: { MODE: 'http' },
      more: { healthChecks: [{ protocol: 'HTTP', path: `/"\${HOME}"%[str(a),map(${canary})]`, portIndex: 0 }] },
    },
  ];
}

/** Returns the app that makes an attack. It has a host of its own, unless the attack is about that. */
export function attacker({ name, own, labels, more }: Attack, port: number): object {
  const service = Object.entries({ VHOST: `${name}.evil.test`, ...own }).map(([key, value]) => [`HAPROXY_0_${key}`, value]);
  return app(`/evil/${name}`, port, { ...Object.fromEntries(service), ...labels }, more);
}

function names(count: number): string {
  return Array.from({ length: count }, (_, at) => `h${at}.e`).join(',');
}

function bind(name: string, BIND_ADDR: string, own: Readonly<Record<string, string>> = {}): Attack {
  return { name, own: { BIND_ADDR, ...own }, told: /HAPROXY_0_BIND_ADDR is .* it must be IP addresses/ };
}

function host(name: string, VHOST: string): Attack {
  return { name, own: { VHOST }, told: /HAPROXY_0_VHOST .*not served/ };
}

function path(name: string, PATH: string): Attack {
  return { name, own: { PATH }, told: /HAPROXY_0_PATH is .* it must / };
}

function label(name: string, key: string, value: string): Attack {
  return { name, own: { [key]: value }, told: new RegExp(`HAPROXY_0_${key} .*it must `) };
}
