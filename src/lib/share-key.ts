/** Returns the groups of items, in their order, that have a key in common, each once; single ones only if `alone` says so. */
export function sharing<Item, Key>(
  items: readonly Item[],
  keysOf: (item: Item) => readonly Key[],
  alone: (key: Key) => boolean = () => false,
): ReadonlyMap<Key, readonly Item[]> {
  const first = new Map<Key, Item>();
  const groups = new Map<Key, Item[]>();
  for (const item of items) {
    for (const key of keysOf(item)) {
      const before = first.get(key);
      if (before === undefined) {
        first.set(key, item);
        if (alone(key)) groups.set(key, [item]);
        continue;
      }
      const group = groups.get(key) ?? [before];
      if (group.at(-1) === item) continue;
      group.push(item);
      groups.set(key, group);
    }
  }
  return groups;
}
