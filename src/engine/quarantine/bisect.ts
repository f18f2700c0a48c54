/** The result of a probe of some items: whether they are rejected together, and which ones HAProxy names. */
export interface Probe<Named> {
  readonly refused: boolean;
  readonly named: ReadonlyMap<string, Named>;
}

export type Found<Item, Named> =
  | { readonly kind: 'one'; readonly one: Item }
  | { readonly kind: 'named'; readonly named: Map<string, Named> }
  | { readonly kind: 'none' };

/**
 * Finds an item that makes the others refused, by halves: all items together are refused, none of them are not. Ends
 * early if a smaller probe names a service. `suspects`: so many at the beginning are tried together first. `none`: the
 * budget of probes did not suffice.
 */
export async function search<Item, Named>(
  items: readonly Item[],
  budget: number,
  probe: (some: readonly Item[]) => Promise<Probe<Named>>,
  suspects = 0,
): Promise<Found<Item, Named>> {
  let passes = 0;
  let fails = items.length;
  for (let left = budget; fails - passes > 1; left -= 1) {
    if (left <= 0) return { kind: 'none' };
    const middle = left === budget && suspects > 0 && suspects < fails ? suspects : (passes + fails) >>> 1;
    const { refused, named } = await probe(items.slice(0, middle));
    if (named.size > 0) return { kind: 'named', named: new Map(named) };
    if (refused) fails = middle;
    else passes = middle;
  }
  const one = items[fails - 1];
  return one === undefined ? { kind: 'none' } : { kind: 'one', one };
}
