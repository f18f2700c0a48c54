/** What a backend checks of the client's certificate. Whatever led a request there, it is let in only by what the handshake of its connection says. */
import type { TemplateDefaults } from '../../config/settings.ts';
import type { HaproxyFeatures } from '../../config/versions/version.ts';
import type { ClientCheck } from '../../model/service.ts';
import { isHostPattern } from '../../model/values/network/host-patterns.ts';

/** Returns the lines of a backend, before all that refuses or answers requests. */
export function clientCheckLines(
  { verify, hosts, others, frontends, digest }: ClientCheck,
  { resumesForOthers }: Pick<HaproxyFeatures, 'resumesForOthers'>,
  { httpsPort }: Pick<TemplateDefaults, 'httpsPort'>,
): string {
  // Another authority makes another text, so that a reload ends connections and sessions that the former one let in.
  const entry = `label_client_entry_${digest}`;
  const port = httpsPort === 443 ? '' : `:${httpsPort}`;
  const isRequired = verify === 'required';
  if (hosts.length === 0) return textOf([`${REFUSED} if TRUE`]);
  const acls = [
    ...aclLines(NAMED, 'ssl_fc_sni -i', hosts),
    ...aclLines(OTHER, 'ssl_fc_sni -i', others),
    ...aclLines(entry, 'fe_name', frontends),
  ];
  const misdirected = 'http-request return status 421 default-errorfiles';
  const plain = isRequired
    ? [
        ...aclLines(HOST, 'req.hdr(host),field(1,:) -i', hosts),
        `http-request redirect location https://%[req.hdr(host),field(1,:)]${port}%[pathq] code 307 if !{ ssl_fc } ${HOST}`,
        `${REFUSED} if !{ ssl_fc }`,
      ]
    : [];
  return textOf([
    AWAY,
    ...acls,
    ...plain,
    `${misdirected} if { ssl_fc } !${NAMED}`,
    ...(others.length === 0 ? [] : [`${misdirected} if { ssl_fc } ${OTHER}`]),
    // The certificate may have been checked for another host.
    ...(resumesForOthers ? [`${misdirected} if { ssl_fc_is_resumed } { ssl_fc_protocol TLSv1.3 }`] : []),
    // The service's own port, or another frontend, may ask for certificates of another authority.
    `${REFUSED} if { ssl_c_used } !${entry}`,
    // A resumed session has the result of its first handshake.
    `${REFUSED} if { ssl_c_used } !{ ssl_c_verify 0 }`,
    ...(isRequired ? [`${REFUSED} if !{ ssl_c_used }`] : []),
    // A line end in a header would be another header.
    `${REFUSED} if { ssl_c_s_dn(cn) -m reg [[:cntrl:]] }`,
    `http-request set-header ${CN} %[ssl_c_s_dn(cn)] if { ssl_c_used }`,
    `http-request set-header ${RESULT} SUCCESS if { ssl_c_used }`,
    ...(isRequired ? [] : [`http-request set-header ${RESULT} NONE if !{ ssl_c_used }`]),
  ]);
}

const CN = 'X-SSL-Client-CN';
const RESULT = 'X-SSL-Client-Verify';
/** Tasks may take an underscore for a hyphen. HAProxy has names in small letters. */
const AWAY = 'http-request del-header ^x[-_]ssl[-_]client[-_](cn|verify)$ -m reg';
const NAMED = 'label_client_name';
const OTHER = 'label_client_other';
const HOST = 'label_client_host';
const REFUSED = 'http-request deny deny_status 403';

/** HAProxy reads 64 words in a line. */
function aclLines(name: string, sample: string, hosts: readonly string[]): readonly string[] {
  const names = hosts.filter((host) => !isHostPattern(host));
  const lines: string[] = [];
  for (let at = 0; at < names.length; at += PART) lines.push(`acl ${name} ${sample} ${names.slice(at, at + PART).join(' ')}`);
  for (const pattern of hosts.filter(isHostPattern)) lines.push(`acl ${name} ${sample} ${wildcardWords(pattern)}`);
  return lines;
}

const PART = 32;

/** As HAProxy takes the entry of a wildcard: for one label. */
function wildcardWords(wildcard: string): string {
  return `-m reg ^[^.]+${wildcard.slice(1).replaceAll('.', '[.]')}$`;
}

function textOf(lines: readonly string[]): string {
  return lines.map((line) => `  ${line}\n`).join('');
}
