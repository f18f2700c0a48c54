import type { Service } from '../service.ts';

/**
 * Returns the order of rules on the shared frontends before weights count: that of the document, but services that claim one host and
 * path come in the order of their standing, in the places that they have.
 */
export function inRuleOrder<Item extends { readonly service: Omit<Service, 'servers'> }>(
  items: readonly Item[],
): readonly Item[] {
  const contested = items.filter(({ service }) => service.contested !== undefined);
  if (contested.length === 0) return items;
  const ordered = contested.toSorted((a, b) => (a.service.contested ?? 0) - (b.service.contested ?? 0)).values();
  return items.map((item) => (item.service.contested === undefined ? item : (ordered.next().value as Item)));
}
