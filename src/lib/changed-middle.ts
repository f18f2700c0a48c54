/**
 * Returns two lists without what is equal at their beginnings and at their ends. Lists of thousands usually differ in a few places: only those
 * are worth a closer look.
 */
export function changedMiddle<Item>(
  before: readonly Item[],
  after: readonly Item[],
  isSame: (one: Item, other: Item) => boolean = Object.is,
): { readonly gone: readonly Item[]; readonly come: readonly Item[] } {
  const shorter = Math.min(before.length, after.length);
  const isEqual = (at: number, to: number): boolean => isSame(before[at] as Item, after[to] as Item);
  let start = 0;
  while (start < shorter && isEqual(start, start)) start += 1;
  let end = 0;
  while (end < shorter - start && isEqual(before.length - 1 - end, after.length - 1 - end)) end += 1;
  return { gone: before.slice(start, before.length - end), come: after.slice(start, after.length - end) };
}
