/** The settings of `zdd`. Times in milliseconds. */
import { readLog } from '../../config/log.ts';
import { marathonSettings } from '../../config/load-settings.ts';
import type { LogSettings, MarathonSettings } from '../../config/settings.ts';
import { stripUserinfo } from '../../lib/text/strip-userinfo.ts';
import { UsageError } from '../../config/usage-error.ts';
import { readRow, readValues } from '../../config/options/read.ts';
import type { Machine } from '../../config/machine.ts';
import { type ZddValues, zddOptions } from './options.ts';
import type { StepSize, Waits } from '../types.ts';

export interface ZddSettings {
  readonly marathon: MarathonSettings;
  readonly log: LogSettings;
  /** Statistics endpoints, maybe with userinfo: never shown as they are. */
  readonly balancers: readonly string[];
  /** Path of the app definition. */
  readonly json: string;
  readonly mode: Mode;
  readonly dryRun: boolean;
  readonly force: boolean;
  readonly stepDelay: number;
  readonly initialInstances: number;
  readonly newInstances: number;
  readonly waits: Waits;
  readonly stepSize: StepSize;
  readonly hook?: { readonly path: string; readonly timeout: number } | undefined;
  readonly output: 'text' | 'json';
}

/** What to do if the two apps of a deploy are there already. */
export type Mode = 'start' | 'resume' | 'complete-cur' | 'complete-prev' | 'rollback';

/** Reads what the command line library found. Throws `UsageError`. */
export function readZddSettings(raw: Readonly<Record<string, unknown>>, machine: Machine): ZddSettings {
  const shared = readValues(raw, machine.env, machine.platform);
  const values = Object.fromEntries(zddOptions.map((row) => [row.name, readRow(row, raw, machine.env)])) as unknown as ZddValues;
  if (!shared.given.has('marathon')) throw new UsageError('option --marathon is missing: name the URL of Marathon');
  if (values['marathon-lb'].length === 0) {
    throw new UsageError(
      'option --marathon-lb is missing: name the statistics endpoint, such as http://marathon-lb.example:9090',
    );
  }
  if (values.json === undefined) throw new UsageError('option --json is missing: name the file with the app definition');
  const hook = values['pre-kill-hook'];
  return {
    marathon: marathonSettings(shared, machine),
    log: readLog(shared, machine),
    balancers: values['marathon-lb'].map(readBalancer),
    json: values.json,
    mode: readMode(values),
    dryRun: values['dry-run'],
    force: values.force,
    stepDelay: values['step-delay'] * 1000,
    initialInstances: values['initial-instances'],
    newInstances: values['new-instances'],
    waits: {
      maxWait: values['max-wait'] * 1000,
      drainTime: values['drain-time'] * 1000,
      settle: (values['settle-time'] ?? Math.max(2, values['step-delay'] * 2)) * 1000,
    },
    stepSize: readStepSize(values),
    hook: hook === undefined ? undefined : { path: hook, timeout: values['pre-kill-hook-timeout'] * 1000 },
    output: readOutput(values.output),
  };
}

function readBalancer(text: string): string {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url === undefined || (url.protocol !== 'http:' && url.protocol !== 'https:')) {
    throw new UsageError(
      `option --marathon-lb: '${stripUserinfo(text)}' is no http(s) URL; give one such as http://marathon-lb.example:9090`,
    );
  }
  return text.replace(/[?#].*$/, '').replace(/\/+$/, '');
}

const MODES = ['complete-cur', 'complete-prev', 'rollback'] as const satisfies readonly Mode[];

/** Each of the modes goes on with what is in progress: `--resume` beside it says nothing more. */
function readMode(values: ZddValues): Mode {
  const given = MODES.filter((mode) => values[mode]);
  if (given.length > 1) throw new UsageError(`${given.map((mode) => `--${mode}`).join(' and ')} exclude each other; give one`);
  return given[0] ?? (values.resume ? 'resume' : 'start');
}

function readStepSize(values: ZddValues): StepSize {
  const steps = values['canary-steps'];
  return {
    linear: values['linear-increase'],
    canary: steps === undefined ? undefined : { steps: readPercents(steps), ...canaryLimits(values) },
  };
}

function canaryLimits(values: ZddValues): Omit<NonNullable<StepSize['canary']>, 'steps'> {
  return {
    wait: values['canary-wait'] * 1000,
    maxErrors: values['canary-max-errors'],
    maxSlowdown: values['canary-max-slowdown'],
    minRequests: values['canary-min-requests'],
  };
}

function readPercents(text: string): readonly number[] {
  const percents = text.split(',').map((part) => (/^\s*\d+(\.\d+)?\s*$/.test(part) ? Number(part) : Number.NaN));
  const rises = percents.every((percent, at) => percent > (percents[at - 1] ?? 0) && percent <= 100);
  if (!rises) throw new UsageError(`option --canary-steps: '${text}' is no list of rising percentages such as 5,25,50`);
  return percents;
}

function readOutput(text: string): 'text' | 'json' {
  if (text !== 'text' && text !== 'json') throw new UsageError(`option --output: '${text}' is neither text nor json`);
  return text;
}
