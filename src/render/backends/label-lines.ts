import { splitComment } from '../../haproxy-config/words.ts';
import { hasEffect, renderingRows } from '../../model/labels/from-rows.ts';
import type { Rendering } from '../../model/labels/table.ts';
import type { OwnRules, Service, ServiceDefinition } from '../../model/service.ts';

/** Returns the lines that labels add to the backend or to the own frontend of a service. */
export function labelLines(into: 'backend' | 'frontend', service: ServiceDefinition): string {
  return renderedInto(into, service, service)
    .map((line) => `  ${line}\n`)
    .join('');
}

/** Returns the lines of a server with the words of labels at their ends; `rules` are those of the definition that it was started from. */
export function withLabelWords(text: string, service: Service, rules: OwnRules): string {
  const words = renderedInto('server', service, rules).join(' ');
  if (words === '') return text;
  const lines = text.split('\n').map((line) => {
    if (!/^\s*server\s/.test(line)) return line;
    const [code, comment] = splitComment(line);
    return `${code.trimEnd()} ${words}${comment === '' ? '' : ` ${comment}`}`;
  });
  return lines.join('\n');
}

function renderedInto(
  into: Rendering<unknown>['into'],
  service: ServiceDefinition,
  { typed }: Pick<OwnRules, 'typed'>,
): readonly string[] {
  if (typed === undefined) return [];
  return renderingRows.flatMap((row) => {
    const value = row.renders.into === into && hasEffect(row, service) ? typed[row.name] : undefined;
    return value === undefined ? [] : row.renders.lines(value as never, service);
  });
}
