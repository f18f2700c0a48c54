import { ownValuesOf } from '../../model/labels/from-rows.ts';
import { missingFor } from '../../model/labels/template-use.ts';
import type { ServiceDefinition } from '../../model/service.ts';
import { isTemplateName, templates as rows } from '../../render/templates/defaults.ts';

/** Returns what is done with the requests for a service, one phrase each. No passwords. */
export function traitsOf(service: ServiceDefinition): string[] {
  const { templates, mode, balance } = service;
  const own = Object.keys(templates).filter(
    (name) => isTemplateName(name) && rows[name].overridable && missingFor(name, service) === undefined,
  );
  const ofLabels = ownValuesOf(service).filter(({ row }) => row.needs !== 'http' || mode === 'http');
  return [
    `mode ${mode}, balance ${balance}`,
    ...ofLabels.flatMap(({ row, value }) => row.trait?.(value as never) ?? []),
    ...(own.length > 0 ? [`own templates by labels: ${own.join(', ')}`] : []),
  ];
}
