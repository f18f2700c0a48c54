import type { Problem } from './problem.ts';
import type { Service } from './service.ts';

/** The services of one app, and its problems. */
export interface AppServices {
  /** In the order of their indices. */
  readonly services: readonly Service[];
  readonly problems: readonly Problem[];
  /** Services whose labels are malformed: they may still be served as they were before. */
  readonly malformed: readonly MalformedService[];
  /** The policy denies a service of it, or all: what it does not claim now is not its own any more. */
  readonly denied?: true;
}

/** A service with malformed labels. */
export interface MalformedService extends Pick<Service, 'app' | 'index' | 'servers' | 'since'> {
  /** What is wrong, as in the list of problems. */
  readonly problems: readonly Problem[];
}
