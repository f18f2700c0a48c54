import { renderingsOf, valuesOf } from '../../model/labels/from-rows.ts';
import type { ServiceDefinition } from '../../model/service.ts';

/**
 * Returns the label that put a line (as printed, trimmed) into a service's part of the document: that of a value which HAProxy's message
 * names comes before that of the template with its placeholder. Undefined if no label did, or it is not known.
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

/** Returns whether a text is these parts with anything in between. */
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

/** Returns the label with the longest value in the line: short ones are in it by chance. */
function valueIn(service: ServiceDefinition, line: string): string | undefined {
  const found = partsOf(service).filter(([, part]) => part.trim().length > 1 && line.includes(part.trim()));
  return found.sort(([, a], [, b]) => b.length - a.length)[0]?.[0];
}

function partsOf(service: ServiceDefinition): readonly (readonly [name: string, part: string])[] {
  const parts = valuesOf(service).flatMap(({ row, value }) => {
    const lines = renderingsOf(row).flatMap(({ lines }) => lines(value as never, service, ''));
    const own = lines.length > 0 ? lines : row.partsInLine?.(value as never);
    return (own ?? (typeof value === 'string' ? [value] : [])).map((part) => [row.name, part] as const);
  });
  return [...parts, ...service.vhosts.map((vhost) => ['VHOST', vhost] as const)];
}
