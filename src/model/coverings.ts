import { covers, hostClaims } from './claimed-hosts.ts';
import type { Service } from './service.ts';

/** Services with the same paths. */
type Alike = readonly Service[];

/** A beginning of paths, and the longest other one that it begins with. */
interface Beginning {
  readonly text: string;
  readonly alike: Set<Alike>;
  readonly shorter: Beginning | undefined;
}

/** Returns the pairs of different sets of paths of which the first holds all of the second; `byKey`: services by the key of their paths. */
export function* coverings(byKey: ReadonlyMap<string, Alike>): Generator<readonly [wide: Alike, narrow: Alike]> {
  const known = beginningsOf(byKey);
  for (const narrow of byKey.values()) {
    const { paths } = hostClaims(narrow[0] as Service);
    const chain: Beginning[] = [];
    for (let each = known.get(firstOf(narrow)); each !== undefined; each = each.shorter) chain.push(each);
    for (const { alike } of chain.toReversed()) {
      for (const wide of alike) if (wide !== narrow && covers(hostClaims(wide[0] as Service).paths, paths)) yield [wide, narrow];
    }
  }
}

/** Returns all beginnings by their text. Sorted, a path stands after all that it begins with, and no other is in between. */
function beginningsOf(byKey: ReadonlyMap<string, Alike>): ReadonlyMap<string, Beginning> {
  const wide = new Map<string, Set<Alike>>();
  for (const same of byKey.values()) {
    for (const beginning of hostClaims(same[0] as Service).paths.beginnings) {
      const lower = beginning.toLowerCase();
      const known = wide.get(lower);
      if (known) known.add(same);
      else wide.set(lower, new Set([same]));
    }
  }
  const longest = new Map<string, Beginning>();
  let last: Beginning | undefined;
  for (const text of [...wide.keys()].sort()) {
    while (last !== undefined && !text.startsWith(last.text)) last = last.shorter;
    last = { text, alike: wide.get(text) as Set<Alike>, shorter: last };
    longest.set(text, last);
  }
  return longest;
}

/** Returns the first path of services, in small letters: one that covers them covers it. */
function firstOf(alike: Alike): string {
  return (hostClaims(alike[0] as Service).paths.beginnings[0] ?? '').toLowerCase();
}
