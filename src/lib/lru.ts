/** A cache that forgets what was not set for longest. */
export interface Recent<Key, Value> {
  get(key: Key): Value | undefined;
  /** Makes this the newest entry. */
  set(key: Key, value: Value): void;
  /** Forgets the oldest entries beyond the capacity, or beyond `atLeast` if that is more. */
  trim(atLeast: number): void;
}

/**
 * The capacity is a floor: as many entries as there are live tasks must have room, however few were configured. `lru-cache` is of fixed
 * size (and sets its memory aside), so this rests on the order of a `Map`.
 */
export function createRecent<Key, Value>(capacity: number): Recent<Key, Value> {
  const entries = new Map<Key, Value>();
  return {
    get: (key) => entries.get(key),
    set: (key, value) => {
      entries.delete(key);
      entries.set(key, value);
    },
    trim: (atLeast) => {
      let surplus = entries.size - Math.max(capacity, atLeast);
      for (const key of entries.keys()) {
        if (surplus-- <= 0) return;
        entries.delete(key);
      }
    },
  };
}
