/** The state between two passes: a value that `pass.ts` replaces. */
import type { Holders } from '../../model/conflicts/holders.ts';
import type { Problem } from '../../model/problem.ts';
import type { Service } from '../../model/service.ts';
import type { ConfigDocument } from '../../render/document.ts';
import type { Serving } from '../snapshot/removal-guard.ts';
import type { PassRecord } from '../journal/journal.ts';
import type { LastGood } from '../quarantine/fallback.ts';
import type { Rejections } from '../quarantine/candidate.ts';

export interface PassState {
  /** The document that HAProxy runs; undefined: only its files are known. */
  readonly current: ConfigDocument | undefined;
  /** The services in HAProxy; undefined: not read yet. */
  readonly live: readonly Serving[] | undefined;
  /** The services behind that, with the servers that HAProxy took; undefined: not known yet. */
  readonly served: readonly Service[] | undefined;
  /** The definitions that HAProxy accepted; undefined: not read yet. */
  readonly lastGood: LastGood | undefined;
  /** Who holds which ports, hosts and names; undefined: not read yet. */
  readonly holders: Holders | undefined;
  readonly rejected: Rejections;
  /** HAProxy's warnings at the last check; the lines that they name change only with a check. */
  readonly warnings: readonly Problem[];
  /** Commands that HAProxy refused: it has neither the old nor the new until it is reloaded. Undefined if there are none. */
  readonly pendingReload: readonly string[] | undefined;
  /** The number of services and servers, and the problems. */
  readonly report: Report;
}

export type Report = Pick<PassRecord, 'services' | 'servers' | 'problems'>;

export function createPassState(): PassState {
  return {
    current: undefined,
    live: undefined,
    served: undefined,
    lastGood: undefined,
    holders: undefined,
    rejected: new Map(),
    warnings: [],
    pendingReload: undefined,
    report: reportOf([], []),
  };
}

export function reportOf(services: readonly Service[], problems: readonly Problem[]): Report {
  const servers = services.reduce((sum, service) => sum + service.servers.length, 0);
  return { services: services.length, servers, problems };
}

/**
 * Returns the state after a check during which changes were applied: what HAProxy accepts comes from the check, what it runs, and who
 * holds which ports, from the changes.
 */
export function mergeFollowed(checked: PassState, followed: PassState): PassState {
  const { current, pendingReload, holders } = followed;
  return { ...checked, current, pendingReload, holders };
}
