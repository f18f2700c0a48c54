import type { AppDefinition } from '../../definition/app-definition.ts';

/** A change of apps under way. It locks the apps that it names. */
export interface Deployment {
  readonly id: string;
  readonly version: string;
  readonly steps: readonly Step[];
  /** From 1; 0 before the first. */
  currentStep: number;
  /** By app id. */
  readonly changes: ReadonlyMap<string, Change>;
  /** Task ids to be killed first when an app is scaled down. */
  readonly firstToKill: ReadonlySet<string>;
  readonly abort: AbortController;
}

export interface Step {
  readonly actions: readonly Action[];
}

export interface Action {
  readonly action: 'StartApplication' | 'ScaleApplication' | 'RestartApplication' | 'StopApplication';
  readonly app: string;
}

/** Undefined before: the app is new. Undefined after: it is deleted. */
export interface Change {
  readonly before: AppDefinition | undefined;
  readonly after: AppDefinition | undefined;
}

/** The steps from the old to the new definitions: stop, start, then scale or restart; empty steps are dropped. */
export function stepsOf(changes: ReadonlyMap<string, Change>): Step[] {
  const phases: Action[][] = [[], [], []];
  for (const [app, { before, after }] of changes) {
    if (!after) phases[0]?.push({ action: 'StopApplication', app });
    else if (!before) {
      phases[1]?.push({ action: 'StartApplication', app });
      phases[2]?.push({ action: 'ScaleApplication', app });
    } else if (before.versionInfo.lastConfigChangeAt !== after.versionInfo.lastConfigChangeAt) {
      phases[2]?.push({ action: 'RestartApplication', app });
    } else if (before.version !== after.version) phases[2]?.push({ action: 'ScaleApplication', app });
  }
  return phases.filter((actions) => actions.length > 0).map((actions) => ({ actions }));
}
