import { lackOf, ownValuesOf } from '../../model/labels/from-rows.ts';
import { missingFor } from '../../model/labels/template-use.ts';
import type { ServiceDefinition } from '../../model/service.ts';
import { isTemplateName, templates as rows } from '../../render/templates/defaults.ts';

/** Returns the effects on the requests for a service, one phrase each, with the label. No passwords. */
export function traitsOf(service: ServiceDefinition): string[] {
  const { templates, mode, balance } = service;
  const own = Object.keys(templates).filter(
    (name) => isTemplateName(name) && rows[name].overridable && missingFor(name, service) === undefined,
  );
  const ofLabels = ownValuesOf(service).filter(({ row, value }) => {
    const lack = lackOf(row, value, service);
    return lack === undefined || (lack === 'vhost' && row.renders === undefined);
  });
  return [
    `mode ${mode}, balance ${balance}`,
    ...ofLabels.flatMap(({ row, value }) => {
      const trait = row.trait?.(value as never);
      return trait === undefined ? [] : [`${trait} (${row.name})`];
    }),
    ...(own.length > 0 ? [`own templates by labels: ${own.join(', ')}`] : []),
  ];
}
