import { covers, coversPart, hostClaims } from '../conflicts/claimed-hosts.ts';
import type { Service } from '../service.ts';

/** Services with the same paths. */
type Alike = readonly Service[];

/** A beginning of paths, and the longest other one that it begins with. */
interface Beginning {
  readonly text: string;
  readonly alike: Set<Alike>;
  readonly shorter: Beginning | undefined;
}

/**
 * Returns the pairs of different sets of paths of which the first holds all of the second, or with `isPart` all that begins as one of the
 * paths of the second does; `byKey`: services by the key of their paths.
 */
export function* coverings(byKey: ReadonlyMap<string, Alike>, isPart = false): Generator<readonly [wide: Alike, narrow: Alike]> {
  const known = beginningsOf(byKey);
  for (const narrow of byKey.values()) {
    const { paths } = hostClaims(narrow[0] as Service);
    const found = new Set<Alike>([narrow]);
    // One that covers all paths covers the first.
    for (const path of isPart ? paths.beginnings : paths.beginnings.slice(0, 1)) {
      const chain: Beginning[] = [];
      for (let each = known.get(path.toLowerCase()); each !== undefined; each = each.shorter) chain.push(each);
      for (const wide of chain.toReversed().flatMap(({ alike }) => [...alike])) {
        const outer = hostClaims(wide[0] as Service).paths;
        if (found.has(wide) || !(isPart ? coversPart(outer, paths) : covers(outer, paths))) continue;
        found.add(wide);
        yield [wide, narrow];
      }
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
