import type { AppDefinition } from '../definition/app-definition.ts';

/** How the tasks of an app behave: from its `SIM_*` environment or labels; tests change it while a task runs. */
export interface Behaviour {
  /** `SIM_TCP=1`: a TCP echo server instead of HTTP. */
  tcp: boolean;
  /** `SIM_STARTUP_MS`: after TASK_RUNNING it answers 503 for so long. */
  startupMs: number;
  /** `SIM_STOP_MS`: takes so long to end; undefined: the simulator's `delays.stop`. */
  stopMs: number | undefined;
  /** `SIM_CRASH_MS`: ends with status 1 so long after it runs. */
  crashMs: number | undefined;
  /** `SIM_HEALTH`: the paths of the health checks answer 200, 503, or both in turns. */
  health: 'ok' | 'fail' | 'flap';
  healthPaths: ReadonlySet<string>;
  /** `SIM_404`: paths, comma separated, that this version of the app does not have. */
  missingPaths: ReadonlySet<string>;
  /** Status of all other paths. */
  status: number;
  /** `SIM_DELAY_MS`: each answer is late by this. */
  delayMs: number;
}

/** Reads what an app says about its tasks. */
export function behaviourOf(app: AppDefinition): Behaviour {
  const read = (name: string): string | undefined => {
    const value = app.env?.[name] ?? app.labels[name];
    return typeof value === 'string' ? value : undefined;
  };
  const number = (name: string): number | undefined => {
    const value = Number(read(name) ?? Number.NaN);
    return Number.isFinite(value) ? value : undefined;
  };
  const health = read('SIM_HEALTH');
  return {
    tcp: read('SIM_TCP') === '1',
    startupMs: number('SIM_STARTUP_MS') ?? 0,
    stopMs: number('SIM_STOP_MS'),
    crashMs: number('SIM_CRASH_MS'),
    health: health === 'fail' || health === 'flap' ? health : 'ok',
    healthPaths: new Set((app.healthChecks ?? []).map((check) => check.path ?? '/')),
    missingPaths: new Set(read('SIM_404')?.split(',')),
    status: 200,
    delayMs: number('SIM_DELAY_MS') ?? 0,
  };
}
