/** What one pass leaves to the next. */
import type { Holders } from '../../model/conflicts/holders.ts';
import type { Problem } from '../../model/problem.ts';
import type { Service } from '../../model/service.ts';
import type { ConfigDocument } from '../../render/document.ts';
import type { Serving } from '../snapshot/removal-guard.ts';
import type { PassRecord } from '../journal/journal.ts';
import type { LastGood } from '../quarantine/fallback.ts';
import type { Rejections } from '../quarantine/candidate.ts';

export interface PassState {
  /** What HAProxy runs; undefined: only its files are known. */
  current: ConfigDocument | undefined;
  /** What HAProxy serves; undefined: not read yet. */
  live: readonly Serving[] | undefined;
  /** The services behind that, with the servers that HAProxy took; undefined: not known yet. */
  served: readonly Service[] | undefined;
  /** What HAProxy accepted; undefined: not read yet. */
  lastGood: LastGood | undefined;
  /** Who holds which ports, hosts and names; undefined: not read yet. */
  holders: Holders | undefined;
  rejected: Rejections;
  /** Notes on what HAProxy warned of at the last check: lines change only with a check. */
  warnings: readonly Problem[];
  /** What HAProxy refused at runtime: what it has is neither the old nor the new, until it is reloaded. Undefined: nothing. */
  owed: readonly string[] | undefined;
  /** What is said of what is to be served. */
  told: Told;
}

export type Told = Pick<PassRecord, 'services' | 'servers' | 'problems'>;

export function createPassState(): PassState {
  const told = toldOf([], []);
  return {
    current: undefined,
    live: undefined,
    served: undefined,
    lastGood: undefined,
    holders: undefined,
    rejected: new Map(),
    warnings: [],
    owed: undefined,
    told,
  };
}

export function toldOf(served: readonly Service[], problems: readonly Problem[]): Told {
  const servers = served.reduce((sum, service) => sum + service.servers.length, 0);
  return { services: served.length, servers, problems };
}
