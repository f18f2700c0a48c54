/** How HAProxy connects to the tasks, and how long it waits. */
import { isLongerThan, millisecondsOf } from '../../values/duration.ts';
import { type LabelledService, type LabelRow, mapEntry, numberInMap, without } from './row.ts';

export const connections = [
  {
    name: 'TIMEOUT_SERVER',
    group: 'connections',
    per: 'service',
    type: 'duration',
    refused: 'label',
    description:
      'How long HAProxy waits for a server of the backend to send or take data. In mode http, another value needs no reload. In mode tcp it is `timeout server`, and over 30s the service port waits as long for the client.',
    default: '30s',
    example: '5m',
    trait: (time) => `waits up to ${time} for a server`,
    renders: [
      {
        into: 'backend',
        mode: 'http',
        stage: 'connections',
        lines: (_, service, map) => [`http-request set-timeout server ${numberInMap('TIMEOUT_SERVER', service, map)}`],
      },
      {
        into: 'map',
        mode: 'http',
        stage: 'connections',
        lines: (time, service) => [mapEntry('TIMEOUT_SERVER', service, millisecondsOf(time))],
      },
      { into: 'backend', mode: 'tcp', stage: 'connections', lines: (time) => [`timeout server ${time}`] },
      {
        into: 'frontend',
        mode: 'tcp',
        stage: 'connections',
        // What is silent is silent on both sides, and the shorter time ends it.
        lines: (time) => (isLongerThan(time, '30s') ? [`timeout client ${time}`] : []),
      },
    ],
  },
  {
    name: 'TIMEOUT_CONNECT',
    group: 'connections',
    per: 'service',
    type: 'duration',
    refused: 'label',
    description: 'How long HAProxy tries to connect to a server of the backend: `timeout connect`.',
    default: '3s',
    example: '500ms',
    trait: (time) => `tries up to ${time} to connect to a server`,
    renders: { into: 'backend', stage: 'connections', lines: (time) => [`timeout connect ${time}`] },
  },
  {
    name: 'TIMEOUT_QUEUE',
    group: 'connections',
    per: 'service',
    type: 'duration',
    refused: 'label',
    description:
      'How long a request waits for a free connection if all servers have MAX_CONNECTIONS; then it is answered with 503: `timeout queue`.',
    default: '30s',
    example: '5s',
    trait: (time) => `requests queue for up to ${time}`,
    renders: { into: 'backend', stage: 'connections', lines: (time) => [`timeout queue ${time}`] },
  },
  {
    name: 'TIMEOUT_TUNNEL',
    group: 'connections',
    per: 'service',
    type: 'duration',
    refused: 'label',
    description:
      'How long a WebSocket, or a connection of mode tcp that has sent in both directions, may be silent: `timeout tunnel`.',
    default: '3600s',
    example: '12h',
    trait: (time) => `tunnels may be silent for ${time}`,
    renders: { into: 'backend', stage: 'connections', lines: (time) => [`timeout tunnel ${time}`] },
  },
  {
    name: 'RETRIES',
    group: 'connections',
    per: 'service',
    type: 'tries',
    refused: 'label',
    description:
      'How often HAProxy tries again if it cannot connect, the next time at another server: `retries`. With RETRY_ON also after what that names.',
    default: '3',
    example: '2',
    trait: (tries) => `tries again up to ${tries} times`,
    renders: {
      into: 'backend',
      stage: 'connections',
      lines: (tries) => [`retries ${tries}`, ...(tries > 0 ? ['option redispatch 1'] : [])],
    },
  },
  {
    name: 'RETRY_ON',
    group: 'connections',
    per: 'service',
    type: 'retry events',
    refused: 'label',
    description:
      'After what a GET or HEAD is sent again, to another server: `conn-failure`, `empty-response`, `junk-response`, `response-timeout` or status codes, separated by commas. No other request is ever sent twice.',
    example: 'conn-failure,empty-response,503',
    needs: 'http',
    trait: (events) => `a GET or HEAD is sent again after ${events.replaceAll(',', ', ')}`,
    renders: {
      into: 'backend',
      stage: 'connections',
      lines: (events) => [`retry-on ${events.replaceAll(',', ' ')}`, 'http-request disable-l7-retry unless METH_GET'],
    },
  },
  {
    name: 'MAX_CONNECTIONS',
    group: 'connections',
    per: 'service',
    type: 'count',
    refused: 'label',
    description: 'How many connections each server of the backend gets at a time; further requests wait: `maxconn`.',
    example: '50',
    trait: (count) => `at most ${count} connections to each server`,
    renders: { into: 'server', stage: 'connections', lines: (count) => [`maxconn ${count}`] },
  },
  {
    name: 'MAX_QUEUE',
    group: 'connections',
    per: 'service',
    type: 'count',
    refused: 'label',
    description: 'How many requests may wait for one server; further ones go to another server: `maxqueue`.',
    example: '100',
    lacks: without('MAX_CONNECTIONS'),
    trait: (count) => `at most ${count} requests wait for a server`,
    renders: { into: 'server', stage: 'connections', lines: (count) => [`maxqueue ${count}`] },
  },
  {
    name: 'SLOW_START',
    group: 'connections',
    per: 'service',
    type: 'duration',
    refused: 'label',
    description:
      'For how long a new server, or one that comes back, gets less than its share of requests: `slowstart`. Not at a reload.',
    example: '30s',
    trait: (time) => `a new server gets its whole share of requests after ${time}`,
    renders: { into: 'server', stage: 'connections', lines: (time) => [`slowstart ${time}`] },
  },
  {
    name: 'PROXY_PROTOCOL',
    group: 'connections',
    per: 'service',
    type: 'proxy protocol',
    refused: 'label',
    description:
      'Each connection to a task begins with the client’s address, in the PROXY protocol `v1` or `v2`; the task must expect it.',
    example: 'v2',
    trait: (version) => `tells the tasks the client’s address by the PROXY protocol ${version}`,
    renders: {
      into: 'server',
      stage: 'connections',
      lines: (version) => [version === 'v1' ? 'send-proxy' : 'send-proxy-v2'],
    },
  },
  {
    name: 'BACKEND_PROTOCOL',
    group: 'connections',
    per: 'service',
    type: 'task protocol',
    refused: 'label',
    description:
      'What the tasks speak: `http`, `https` (in mode tcp: TLS), `h2` (HTTP/2 over TLS), `h2c` or `grpc` (HTTP/2 without TLS). Their certificates are checked only with BACKEND_CA.',
    default: 'http',
    example: 'grpc',
    needs: (protocol) => (protocol.startsWith('h2') || protocol === 'grpc' ? 'http' : undefined),
    trait: (protocol) => `speaks ${protocol} to the tasks`,
    renders: { into: 'server', stage: 'connections', lines: protocolWords },
  },
  {
    name: 'BACKEND_CA',
    group: 'connections',
    per: 'service',
    type: 'authority',
    description:
      'Who must have signed the certificates of the tasks: the path of a file on the load balancer, or `system` for the authorities that its machine trusts.',
    example: '/etc/ssl/internal-ca.pem',
    lacks: withoutTls,
    trait: (authority) => `tasks must have a certificate of ${authority}`,
    renders: {
      into: 'server',
      stage: 'connections',
      lines: (authority) => [`verify required ca-file ${authority === 'system' ? '@system-ca' : authority}`],
    },
  },
  {
    name: 'BACKEND_VERIFY_HOST',
    group: 'connections',
    per: 'service',
    type: 'host name',
    description:
      'The host name that the certificates of the tasks must have; HAProxy also asks for it by SNI. Without it, it is the host of the request.',
    example: 'shop.internal',
    lacks: (service) => withoutTls(service) ?? without('BACKEND_CA')(service),
    trait: (host) => `tasks must have a certificate for ${host}`,
    renders: { into: 'server', stage: 'connections', lines: (host) => [`verifyhost ${host} sni str(${host}) check-sni ${host}`] },
  },
] as const satisfies readonly LabelRow[];

function withoutTls({ typed }: LabelledService): string | undefined {
  return isTls(typed?.['BACKEND_PROTOCOL']) ? undefined : 'BACKEND_PROTOCOL=https';
}

/** Returns whether HAProxy speaks HTTP/2 to the tasks, or may. */
export function speaksHttp2({ mode, typed }: Pick<LabelledService, 'mode' | 'typed'>): boolean {
  return mode === 'http' && ['h2', 'h2c', 'grpc'].includes(typed?.['BACKEND_PROTOCOL'] as string);
}

function isTls(protocol: unknown): boolean {
  return protocol === 'https' || protocol === 'h2';
}

function protocolWords(protocol: string, { mode, vhosts, typed }: LabelledService): readonly string[] {
  if (!isTls(protocol)) return protocol === 'http' ? [] : ['proto h2'];
  const words = ['ssl'];
  if (typed?.['BACKEND_CA'] === undefined) words.push('verify none');
  if (mode === 'http' && typed?.['BACKEND_VERIFY_HOST'] === undefined) {
    words.push('sni req.hdr(host),field(1,:)', ...vhosts.slice(0, 1).map((host) => `check-sni ${host}`));
  }
  if (protocol === 'h2') words.push('alpn h2,http/1.1 check-alpn h2,http/1.1');
  return words;
}
