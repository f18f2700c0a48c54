/** The frontend before the shared HTTPS frontend, if TLS connections for some hosts are passed on (`docs/decisions/093-tls-passthrough.md`). */
import {
  allHosts,
  ANY_HOST,
  compareHostPatterns,
  hostWords,
  isHostPattern,
  mayFit,
  OTHER_REQUESTS,
} from '../../model/values/network/host-patterns.ts';
import type { Block, Owner, Section } from '../document.ts';
import { TLS_ENTRY } from '../names.ts';
import type { Library } from '../templates/library.ts';
import type { Service } from '../../model/service.ts';

interface Hosting {
  readonly owner: Owner;
  readonly service: Omit<Service, 'servers'>;
}

export interface TlsEntry {
  /** The frontend that takes the port, and the backend that leads to the one that terminates. */
  readonly sections: readonly Section[];
  /** The head of the frontend that terminates. */
  readonly head: string;
}

/**
 * Returns what stands before the shared HTTPS frontend with this head; `innerLines` are of the backend that leads to it. Returns undefined if
 * no connection is passed on.
 */
export function tlsEntry(
  services: readonly Hosting[],
  head: string,
  library: Pick<Library, 'tcpLines'>,
  withOptions: (head: string) => string,
  innerLines = '',
): TlsEntry | undefined {
  if (!services.some(({ service }) => service.tlsHosts !== undefined)) return undefined;
  const [, start = '', address = '', end = ''] = BIND.exec(head) ?? [];
  // Two load balancers on one machine have different ports.
  const local = `abns@marathon_https_in_${/\d+$/.exec(address)?.[0] ?? ''}`;
  const entry = `frontend ${TLS_ENTRY}\n  bind ${address}\n  mode tcp\n  tcp-request inspect-delay 5s\n  tcp-request content accept if { req.ssl_hello_type 1 }\n${library.tcpLines}`;
  return {
    sections: [
      {
        kind: 'frontend',
        name: TLS_ENTRY,
        blocks: [{ text: withOptions(entry) }, ...passRules(services), { text: `  default_backend ${TERMINATE}\n` }],
      },
      {
        kind: 'backend',
        name: TERMINATE,
        blocks: [
          {
            text: `backend ${TERMINATE}\n  mode tcp\n  timeout tunnel 24d\n${innerLines}  server loopback-for-tls ${local} send-proxy-v2\n`,
          },
        ],
      },
    ],
    head: head.replace(BIND, `${start}${local} accept-proxy${end}`),
  };
}

const TERMINATE = 'marathon_tls_terminate';

/** The bind line of the default template. */
const BIND = /^( {2}bind )(\S+)( ssl .*)$/m;

/** Returns the rule that passes connections for a host to a service. */
export function passRule(host: string, { owner, service }: Hosting): Block {
  return { owner, text: `  use_backend ${service.backend} if { req.ssl_sni -i ${hostWords(host)} }\n` };
}

/** Names first, then patterns; names and patterns that are terminated only if a later pattern would take their connections. */
function passRules(services: readonly Hosting[]): readonly Block[] {
  const passed = passedHosts(services);
  const patterns = passed.filter(({ host }) => isHostPattern(host));
  const kept = terminatedBelow(
    patterns.map(({ host }) => host),
    services,
  );
  const names = kept.filter((host) => !isHostPattern(host));
  const keptPatterns = kept.filter(isHostPattern).map((host) => ({ host, block: { text: terminateRule(hostWords(host)) } }));
  return [
    ...passed.filter(({ host }) => !isHostPattern(host)).map(({ host, by }) => passRule(host, by)),
    ...inParts(names).map((part): Block => ({ text: terminateRule(part.join(' ')) })),
    ...[...patterns.map(({ host, by }) => ({ host, block: passRule(host, by) })), ...keptPatterns]
      .sort((one, other) => compareHostPatterns(one.host, other.host))
      .map(({ block }) => block),
  ];
}

/**
 * Returns the lines that answer requests for hosts whose connections are passed on: they came over a connection without TLS, or over one for
 * another host, which a browser uses again if its certificate fits. No other service may get them, not even one with a wider pattern.
 */
export function notPassedRules(services: readonly Hosting[], status: 421 | 503): readonly Block[] {
  return passedHosts(services).map(({ host, by: { owner } }, at): Block => {
    const kept = isHostPattern(host) ? terminatedBelow([host], services) : [];
    const acl = `marathon_lb_terminated_${at}`;
    const names = inParts(kept.filter((each) => !isHostPattern(each))).map((part) => part.join(' '));
    const lines = [...names, ...kept.filter(isHostPattern).map(hostWords)].map((words) => `  acl ${acl} ${HOST} -i ${words}\n`);
    const unless = kept.length === 0 ? '' : ` !${acl}`;
    const answer = `  http-request return status ${status} default-errorfiles if { ${HOST} -i ${hostWords(host)} }${unless}\n`;
    return { owner, text: `${lines.join('')}${answer}` };
  });
}

const HOST = 'req.hdr(host),field(1,:)';

function passedHosts(services: readonly Hosting[]): readonly { readonly host: string; readonly by: Hosting }[] {
  return services.flatMap((by) => (by.service.tlsHosts ?? []).map((host) => ({ host, by })));
}

/** Returns the hosts that are terminated and that one of these patterns, which are passed on, would take: sorted, names first. */
function terminatedBelow(patterns: readonly string[], services: readonly Hosting[]): readonly string[] {
  if (patterns.length === 0) return [];
  const isBelow = (host: string): boolean =>
    host !== ANY_HOST &&
    host !== OTHER_REQUESTS &&
    patterns.some((pattern) => mayFit(pattern, host) && (!isHostPattern(host) || compareHostPatterns(host, pattern) < 0));
  const below = [...new Set(services.flatMap(({ service }) => allHosts(service)))].filter(isBelow);
  return [...below.filter((host) => !isHostPattern(host)).sort(), ...below.filter(isHostPattern).sort(compareHostPatterns)];
}

function terminateRule(words: string): string {
  return `  use_backend ${TERMINATE} if { req.ssl_sni -i ${words} }\n`;
}

/** HAProxy reads 64 words in a line. */
function inParts(names: readonly string[]): readonly (readonly string[])[] {
  return Array.from({ length: Math.ceil(names.length / 32) }, (_, at) => names.slice(32 * at, 32 * (at + 1)));
}
