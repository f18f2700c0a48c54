/**
 * The apps of the demo: each shows one way to publish an app through HAProxy. All are in the group `external`, all hosts end in
 * `.localhost`. Service ports are those from `first` on, as many as there are apps, so that curl lines can be printed before anything runs.
 */
export function sampleApps(first = 10_001): SampleApp[] {
  return [
    app(
      '/shop/web',
      first,
      'HAPROXY_0_VHOST: a host name of its own',
      2,
      { HAPROXY_0_VHOST: 'shop.localhost' },
      { healthChecks: [check] },
    ),
    app('/shop/api', first + 1, 'HAPROXY_0_PATH: a path below the same host name', 2, {
      HAPROXY_0_VHOST: 'shop.localhost',
      HAPROXY_0_PATH: '/api',
    }),
    app('/shop/cart', first + 2, 'HAPROXY_0_STICKY: a client stays with its task', 3, {
      HAPROXY_0_VHOST: 'cart.localhost',
      HAPROXY_0_STICKY: 'true',
    }),
    app('/intranet/wiki', first + 3, 'HAPROXY_0_AUTH: user "ann", password "secret"', 1, {
      HAPROXY_0_VHOST: 'wiki.localhost',
      // Hash of "secret" by crypt, SHA-512.
      HAPROXY_0_AUTH: `wiki:ann:${SECRET}`,
    }),
    app('/intranet/pay', first + 4, 'HAPROXY_0_REDIRECT_TO_HTTPS: http is sent to https', 1, {
      HAPROXY_0_VHOST: 'pay.localhost',
      HAPROXY_0_REDIRECT_TO_HTTPS: 'true',
    }),
    app(
      '/data/echo',
      first + 5,
      'TCP mode: a service without a host name',
      2,
      { HAPROXY_0_MODE: 'tcp' },
      { env: { SIM_TCP: '1' } },
    ),
    app('/blog-blue', first + 6, 'blue of a blue/green pair', 2, deploymentGroup('blue', '2026-01-01T10:00:00', first + 6), {
      healthChecks: [check],
    }),
    app(
      '/blog-green',
      first + 7,
      'green of the pair, on its way up',
      1,
      deploymentGroup('green', '2026-01-02T10:00:00', first + 6),
      {
        healthChecks: [check],
      },
    ),
    app('/broken', first + 8, 'a label with a mistake: only this app is left out', 1, {
      HAPROXY_0_VHOST: 'broken.localhost',
      HAPROXY_0_PORT: 'http',
    }),
  ];
}

export interface SampleApp {
  readonly id: string;
  readonly instances: number;
  readonly labels: Readonly<Record<string, string>>;
  /** What it shows, in the words of the demo's screen; in the label `SIM_ABOUT`, too. */
  readonly [field: string]: unknown;
}

const SECRET = '$6$marathonlb$.kZoKzkCiX1vRErX83wF0iuG.SPSiGsKhltXCkD3xGuHiq7vgR.j7YKPAg.0piVbpGuP/shsKBC.W.YIIfbvS0';

const check = {
  protocol: 'HTTP',
  path: '/health',
  portIndex: 0,
  gracePeriodSeconds: 10,
  intervalSeconds: 3,
  timeoutSeconds: 2,
  maxConsecutiveFailures: 3,
};

function app(
  id: string,
  port: number,
  about: string,
  instances: number,
  labels: Record<string, string>,
  more: object = {},
): SampleApp {
  return {
    id,
    cmd: './run $PORT0',
    cpus: 0.1,
    mem: 32,
    instances,
    labels: { HAPROXY_GROUP: 'external', SIM_ABOUT: about, ...labels },
    portDefinitions: [{ port, name: 'http', protocol: 'tcp' }],
    ...more,
  };
}

function deploymentGroup(colour: string, startedAt: string, port: number): Record<string, string> {
  return {
    HAPROXY_0_VHOST: 'blog.localhost',
    HAPROXY_0_PORT: String(port),
    HAPROXY_APP_ID: 'blog',
    HAPROXY_DEPLOYMENT_GROUP: 'blog',
    HAPROXY_DEPLOYMENT_ALT_PORT: String(port + 1),
    HAPROXY_DEPLOYMENT_COLOUR: colour,
    HAPROXY_DEPLOYMENT_STARTED_AT: startedAt,
    HAPROXY_DEPLOYMENT_TARGET_INSTANCES: '2',
    HAPROXY_DEPLOYMENT_NEW_INSTANCES: '0',
  };
}
