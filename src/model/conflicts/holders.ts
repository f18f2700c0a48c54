/** Who held a claim before: the holder of a port, a host or a name keeps it while it claims it (`docs/decisions/060-holders.md`). */
import { byPrecedence, isOfOneAge } from './precedence.ts';
import type { Service } from '../service.ts';

/** Ids of the apps that hold a claim, by the claim (`port 10001 0.0.0.0`, `host shop.test /api`, `name shop_10001`). */
export type Holders = ReadonlyMap<string, readonly string[]>;

export const NO_HOLDERS: Holders = new Map();

/** Returns an order for services that claim the same: the holder first, then the older right. */
export function byStanding(holds: (service: Service) => boolean): (a: Service, b: Service) => number {
  return (a, b) => Number(holds(b)) - Number(holds(a)) || byPrecedence(a, b);
}

/**
 * Returns what one of two services that claim the same has before the other, in words. They stay the same from pass to pass: who won by age
 * is the holder after that.
 */
export function rightOf(keeper: Service, loser: Service): string {
  if (byPrecedence(keeper, loser) > 0) return 'which had it first';
  return isOfOneAge(keeper, loser) ? 'which is of the same age and comes first by its id' : 'whose definition is older';
}

/** Returns why the rules of one service for a host come before those of another for the same host and paths, in words. */
export function whyFirst(first: Service, second: Service): string {
  if (first.weight !== second.weight) return `which has weight ${first.weight}, above ${second.weight}`;
  return rightOf(first, second);
}

/** Returns whether an app holds a claim. */
export function isHolder(holders: Holders, claim: string, app: string): boolean {
  return holders.get(claim)?.includes(app) === true;
}

/**
 * Returns who holds what from now on. An app that is still there but serves nothing at the moment, as it is restarted, keeps what it
 * held. Returns the same object if nothing changed.
 */
export function nextHolders(
  won: ReadonlyMap<string, readonly string[]>,
  before: Holders,
  isAway: (app: string) => boolean,
): Holders {
  const next = new Map(won);
  for (const [claim, apps] of before) {
    const away = apps.filter(isAway);
    if (away.length > 0)
      next.set(claim, [...away, ...(won.get(claim) ?? []).filter((app) => apps.includes(app) && !away.includes(app))]);
  }
  return isEqual(next, before) ? before : next;
}

/** Returns the apps that hold something although they serve nothing at the moment: their claims end with them. */
export function awayHolders(holders: Holders, isAway: (app: string) => boolean): ReadonlySet<string> {
  const found = new Set<string>();
  for (const apps of holders.values()) for (const app of apps) if (isAway(app)) found.add(app);
  return found;
}

function isEqual(one: Holders, other: Holders): boolean {
  if (one.size !== other.size) return false;
  for (const [claim, apps] of one) {
    const others = other.get(claim);
    if (others?.length !== apps.length || !apps.every((app) => others.includes(app))) return false;
  }
  return true;
}
