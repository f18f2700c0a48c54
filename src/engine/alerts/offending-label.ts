import type { ServiceDefinition } from '../../model/service.ts';

/**
 * Returns the label that put a line (as printed, trimmed) into a service's part of the document: that of a value which HAProxy's message
 * names comes before that of the template with its placeholder. Undefined if no label did, or it cannot be told.
 */
export function findOffendingLabel(service: ServiceDefinition, line: string | undefined, message = ''): string | undefined {
  if (line === undefined) return undefined;
  const name = valueNamed(service, line, message) ?? templateWith(service, line) ?? valueIn(service, line);
  return name === undefined ? undefined : `HAPROXY_${service.index}_${name}`;
}

/** A certificate or an option of `bind` whose words are in the line and in the message. */
function valueNamed(service: ServiceDefinition, line: string, message: string): string | undefined {
  const words = message.slice(message.indexOf('`: ') + 1).split(/[\s'"`,()[\]:]+/);
  // `no-sslv3/no-tlsv1x are ignored`
  const said = new Set([...words, ...words.flatMap((word) => word.split('/'))]);
  for (const [name, value] of [
    ['SSL_CERT', service.sslCert],
    ['BIND_OPTIONS', service.bindOptions],
  ] as const) {
    if (value === undefined || !line.includes(value.trim())) continue;
    if (value.split(/\s+/).some((word) => word.length > 2 && said.has(word))) return name;
  }
  return undefined;
}

/** The template of a label that has this very line, but for its placeholders. */
export function templateWith(
  { templates }: { readonly templates: Readonly<Partial<Record<string, string>>> },
  line: string,
): string | undefined {
  for (const [name, text] of Object.entries(templates)) {
    for (const each of text?.split('\n') ?? []) {
      const parts = each.trim().split(/\{\w+\}/);
      if (parts.join('') !== '' && isMadeOf(line, parts)) return name;
    }
  }
  return undefined;
}

/** Whether a text is these parts with anything in between. */
function isMadeOf(line: string, parts: readonly string[]): boolean {
  const [first = '', ...rest] = parts.map((part) => part.replaceAll('{{', '{').replaceAll('}}', '}'));
  if (rest.length === 0) return line === first;
  let at = first.length;
  for (const part of rest) {
    const found = line.indexOf(part, at);
    if (found === -1) return false;
    at = found + part.length;
  }
  return line.startsWith(first) && line.endsWith(rest.at(-1) ?? '');
}

/** The longest value in the line: short ones are in it by chance. */
function valueIn(service: ServiceDefinition, line: string): string | undefined {
  const found = valuesOf(service).filter(
    ([, value]) => value !== undefined && value.trim().length > 1 && line.includes(value.trim()),
  );
  return found.sort(([, a], [, b]) => (b?.length ?? 0) - (a?.length ?? 0))[0]?.[0];
}

function valuesOf(service: ServiceDefinition): readonly (readonly [name: string, value: string | undefined])[] {
  const ranges = service.networkAllowed?.split(/\s+/) ?? [];
  return [
    ['BALANCE', service.balance],
    ['BIND_OPTIONS', service.bindOptions],
    ['SSL_CERT', service.sslCert],
    ['BIND_ADDR', service.bindAddr],
    ['PATH', service.path],
    ['AUTH', service.auth?.user],
    ['AUTH', service.auth?.realm],
    ['HTTP_BACKEND_PROXYPASS_PATH', service.proxypassPath],
    ['HTTP_BACKEND_REVPROXY_PATH', service.revproxyPath],
    ['HTTP_BACKEND_REDIR', service.redirPath],
    ...service.vhosts.map((vhost) => ['VHOST', vhost] as const),
    ...ranges.map((range) => ['BACKEND_NETWORK_ALLOWED_ACL', range] as const),
  ];
}
