import { bySeniority } from './seniority.ts';
import type { Service } from './service.ts';

/**
 * The order of rules on the shared frontends before weights count: that of the document, but where services claim one host and
 * path the older first, in the places that they have.
 */
export function inRuleOrder<Item extends { readonly service: Omit<Service, 'servers'> }>(
  items: readonly Item[],
): readonly Item[] {
  const contested = items.filter(({ service }) => service.contested === true);
  if (contested.length === 0) return items;
  const byAge = contested.toSorted((a, b) => bySeniority(a.service, b.service)).values();
  return items.map((item) => (item.service.contested === true ? (byAge.next().value as Item) : item));
}
