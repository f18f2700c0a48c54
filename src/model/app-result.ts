import type { Problem } from './problem.ts';
import type { Service } from './service.ts';

/** What is served of one app, and what is wrong with it. */
export interface AppServices {
  /** In the order of their indices. */
  readonly services: readonly Service[];
  readonly problems: readonly Problem[];
  /** Services whose labels are malformed: they may still be served as they were before. */
  readonly malformed: readonly MalformedService[];
}

/** What is known of a service whose labels are malformed. */
export interface MalformedService extends Pick<Service, 'app' | 'index' | 'servers' | 'since'> {
  /** What is wrong, as in the list of problems. */
  readonly problems: readonly Problem[];
}
