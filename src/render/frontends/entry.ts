/** What a frontend does with a connection or request before all its other rules, for options about who the client is and what is logged. No template has a part in it. */
import type { RenderSettings, TemplateDefaults } from '../../config/settings.ts';
import { BACKEND_MAP } from '../files/map.ts';
import { type Logging, logLines, logWarnings } from './access-log.ts';
import { inLines } from '../../model/labels/rows/word-limit.ts';

/** How clients come to a frontend: `tcp` and `http` by its mode; `inner`, of mode http, by another frontend that has seen the connection. */
export type EntryKind = 'tcp' | 'http' | 'inner';

/**
 * Returns a filled head with the lines of options right after the line that begins the frontend: before rules of the head itself, which may
 * look at the client's address. A text without a frontend stays as it is.
 */
export function withEntry(text: string, kind: EntryKind, settings: RenderSettings, logging?: Logging): string {
  const lines = [
    ...entryLines(kind, settings.defaults),
    ...logLines(logging, kind === 'tcp' ? 'tcp' : 'http', text, settings.defaults, `${settings.haproxyDir}/${BACKEND_MAP}`),
  ];
  if (lines.length === 0) return text;
  const start = Array.from(text.matchAll(SECTION_LINE)).at(-1);
  if (start === undefined) return text;
  const end = start.index + start[0].length;
  return `${text.slice(0, end)}${lines.map((line) => `\n  ${line}`).join('')}${text.slice(end)}`;
}

const SECTION_LINE = /^[ \t]*(?:frontend|listen)[ \t].*$/gm;

function entryLines(kind: EntryKind, { acceptProxy, requestId, trustedProxies }: TemplateDefaults): readonly string[] {
  return [
    ...(acceptProxy === undefined || kind === 'inner' ? [] : proxyProtocolLines(acceptProxy)),
    ...(trustedProxies === undefined || kind === 'tcp' ? [] : trustLines(trustedProxies)),
    ...(requestId === undefined || kind === 'tcp' ? [] : idLines(requestId, trustedProxies !== undefined)),
    ...(trustedProxies === undefined || kind === 'tcp' ? [] : forwardedLines()),
  ];
}

function proxyProtocolLines(networks: readonly string[]): readonly string[] {
  return [
    ...inLines('acl marathon_lb_sends_proxy src', networks),
    'tcp-request connection expect-proxy layer4 if marathon_lb_sends_proxy',
  ];
}

function trustLines(networks: readonly string[]): readonly string[] {
  return inLines(`acl ${TRUSTED} src`, networks);
}

/** Returns the lines that give a request its id, while `src` is still who connected. What came is kept from a trusted proxy, if it can harm no log. */
function idLines(header: string, hasTrusted: boolean): readonly string[] {
  const kept = `{ req.hdr_cnt(${header}) eq 1 } { req.fhdr(${header}) -m reg ^[A-Za-z0-9._:+/=@-]{1,128}$ }`;
  return [
    `http-request set-var(${REQUEST_ID}) uuid()`,
    ...(hasTrusted ? [`http-request set-var(${REQUEST_ID}) req.fhdr(${header}) if ${TRUSTED} ${kept}`] : []),
    `http-request set-header ${header} %[var(${REQUEST_ID})]`,
    `http-after-response set-header ${header} %[var(${REQUEST_ID})] if { var(${REQUEST_ID}) -m found }`,
  ];
}

/** The id of a request while HAProxy has it. */
const REQUEST_ID = 'txn.log_id';

/**
 * Returns the lines that find the client: the last address of X-Forwarded-For that is no trusted proxy. Each of them stands for one hop; `src`
 * is what was found so far, for this request only. A value that is no address ends the search: no trusted proxy confirms the values before it.
 */
function forwardedLines(): readonly string[] {
  const found = 'req.hdr_ip(X-Forwarded-For,-';
  const hops = Array.from({ length: HOPS }, (_, at) => at + 1).flatMap((hop) => [
    `http-request set-src ${found}${hop}) if ${TRUSTED}`,
    hop === HOPS ? DROP_FORWARDED_FOR : `${DROP_FORWARDED_FOR} unless { ${found}${hop}) -m found }`,
  ]);
  return [
    `http-request del-header ^x[-_](forwarded|real[-_]ip$) -m reg unless ${TRUSTED}`,
    // Tasks may take an underscore for a hyphen. No proxy sends it.
    'http-request del-header ^(x_(forwarded|real)|x-(forwarded|real).*_|forwarded$) -m reg',
    String.raw`http-request replace-value X-Forwarded-For ^\[([0-9a-fA-F:.]+)\]:[0-9]+$ \1`,
    ...hops,
    'http-request set-header X-Real-IP %[src] if { req.hdr(X-Real-IP) -m found }',
    ...lastOf('X-Forwarded-Proto', ',lower', 'http https ws wss'),
    ...lastOf('X-Forwarded-Port', '', '-m reg ^[0-9]{1,5}$'),
    ...lastOf('X-Forwarded-Host', '', '-m reg ^[][A-Za-z0-9._:-]{1,255}$'),
  ];
}

/** How many trusted proxies may stand one behind the other. */
const HOPS = 5;

const TRUSTED = 'marathon_lb_trusts';
const DROP_FORWARDED_FOR = 'http-request del-header X-Forwarded-For';

/** Returns the lines that leave one value of a header, the one that the nearest proxy gave, if it is as it must be. */
function lastOf(header: string, converter: string, test: string): readonly string[] {
  return [
    `http-request set-header ${header} %[req.hdr(${header},-1)${converter}] if { req.hdr(${header}) -m found }`,
    `http-request del-header ${header} unless { req.hdr(${header}) ${test} }`,
  ];
}

/** Returns the terms of a condition that hold for a request that the client sent without TLS. */
export function withoutTls({ trustedProxies }: TemplateDefaults): string {
  return trustedProxies === undefined ? '!{ ssl_fc }' : `!{ ssl_fc } !{ req.hdr(X-Forwarded-Proto) https wss }`;
}

/** Returns a warning for each template of the operator in which these options have no place. */
export function entryWarnings(settings: RenderSettings): readonly string[] {
  const { templates, defaults, bindHttpHttps, groupHttpsByVhost } = settings;
  const options = optionsOf(defaults);
  if (options.length === 0) return [];
  const https = groupHttpsByVhost ? HTTPS_HEADS.grouped : HTTPS_HEADS.shared;
  const heads = [...(bindHttpHttps ? ['HTTP_FRONTEND_HEAD', ...https] : []), 'HTTP_FRONTEND_APPID_HEAD', 'FRONTEND_HEAD'];
  const withoutPlace = heads.flatMap((name) => {
    const own = templates[name];
    if (own === undefined || Array.from(own.matchAll(SECTION_LINE)).length > 0) return [];
    return [
      `template HAPROXY_${name} has no line that begins a frontend: ${options.join(', ')} ${options.length === 1 ? 'has' : 'have'} no effect there`,
    ];
  });
  return [...withoutPlace, ...logWarnings(settings)];
}

const HTTPS_HEADS = {
  shared: ['HTTPS_FRONTEND_HEAD'],
  grouped: ['HTTPS_GROUPED_FRONTEND_HEAD', 'HTTPS_GROUPED_VHOST_FRONTEND_HEAD'],
} as const;

function optionsOf({ acceptProxy, accessLog, requestId, trustedProxies }: TemplateDefaults): readonly string[] {
  const given = {
    '--accept-proxy': acceptProxy,
    '--trusted-proxies': trustedProxies,
    '--request-id': requestId,
    '--access-log': accessLog,
  };
  return Object.entries(given).flatMap(([name, value]) => (value === undefined ? [] : [name]));
}
