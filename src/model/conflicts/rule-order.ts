import { coversPart, hostClaims, narrowness } from './claimed-hosts.ts';
import { OTHER_REQUESTS } from '../values/network/host-patterns.ts';
import type { Service } from '../service.ts';

type Facade = Omit<Service, 'servers'>;

/**
 * Returns the order of rules on the shared frontends before weights count: that of the document, but services that claim one host and
 * path come in the order of their standing, in the places that they have.
 */
export function inRuleOrder<Item extends { readonly service: Facade }>(items: readonly Item[]): readonly Item[] {
  const contested = items.filter(({ service }) => service.contested !== undefined);
  if (contested.length === 0) return items;
  const ordered = contested.toSorted((a, b) => (a.service.contested ?? 0) - (b.service.contested ?? 0)).values();
  return items.map((item) => (item.service.contested === undefined ? item : (ordered.next().value as Item)));
}

/**
 * Returns rules, which come in the order of `inRuleOrder`, by their weight. Of one weight, those of services with a label such as PATH_TYPE
 * stand before the first wider rule that has some of their requests; all others keep the order that they have without these labels.
 */
export function byWeight<Item extends { readonly service: Facade }>(
  items: readonly Item[],
  weightOf: (item: Item) => number,
): readonly Item[] {
  const sorted = items.toSorted((a, b) => weightOf(b) - weightOf(a));
  const narrow = sorted.filter(({ service }) => isPlaced(service));
  if (narrow.length === 0) return sorted;
  const others = sorted.filter(({ service }) => !isPlaced(service));
  const places = placesOf(narrow, others, weightOf);
  const placed = narrow
    .toSorted((a, b) => weightOf(b) - weightOf(a) || narrownessOf(b) - narrownessOf(a))
    .toSorted((a, b) => (places.get(a) ?? 0) - (places.get(b) ?? 0));
  const ordered: Item[] = [];
  let next = 0;
  for (const item of placed) {
    const place = places.get(item) ?? 0;
    ordered.push(...others.slice(next, place), item);
    next = place;
  }
  return [...ordered, ...others.slice(next)];
}

/** Returns whether the place of a service's rules depends on how narrow they are. */
function isPlaced({ pathType, hostPatterns, match }: Facade): boolean {
  return pathType !== undefined || match !== undefined || hostPatterns?.some((pattern) => pattern !== OTHER_REQUESTS) === true;
}

function narrownessOf({ service }: { readonly service: Facade }): number {
  return narrowness(hostClaims(service).paths);
}

/** Returns before how many of the others each item stands. */
function placesOf<Item extends { readonly service: Facade }>(
  items: readonly Item[],
  others: readonly Item[],
  weightOf: (item: Item) => number,
): ReadonlyMap<Item, number> {
  const byHost = new Map<string, { readonly item: Item; readonly place: number }[]>();
  const add = (item: Item, place: number): void => {
    for (const host of hostClaims(item.service).hosts) {
      const known = byHost.get(host);
      if (known) known.push({ item, place });
      else byHost.set(host, [{ item, place }]);
    }
  };
  for (const [at, item] of others.entries()) add(item, at);
  const places = new Map<Item, number>();
  // The widest first, and of equal ones the last: each stands before those that were placed before it.
  for (const item of items.toReversed().toSorted((a, b) => narrownessOf(a) - narrownessOf(b))) {
    const [weight, own] = [weightOf(item), narrownessOf(item)];
    const lighter = others.findIndex((other) => weightOf(other) < weight);
    let place = lighter === -1 ? others.length : lighter;
    for (const host of hostClaims(item.service).hosts) {
      for (const other of byHost.get(host) ?? []) {
        if (weightOf(other.item) !== weight || other.place >= place) continue;
        const isWider = places.has(other.item) || narrownessOf(other.item) < own;
        if (isWider && mayOverlap(other.item, item)) place = other.place;
      }
    }
    places.set(item, place);
    add(item, place);
  }
  return places;
}

/** Returns whether requests for a narrower service may be some of those for a wider one; what a regular expression has is not known. */
function mayOverlap<Item extends { readonly service: Facade }>(wide: Item, narrow: Item): boolean {
  const { paths } = hostClaims(wide.service);
  return paths.type === 'regex' || coversPart(paths, hostClaims(narrow.service).paths);
}
