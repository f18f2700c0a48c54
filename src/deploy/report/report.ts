import type { Logger } from '../../log/logger.ts';
import { printDefinition } from '../definition/definition.ts';
import { describe } from './texts.ts';
import type { DeployEvent } from '../event.ts';
import type { Write } from '../types.ts';

export interface Report {
  event(event: DeployEvent): void;
}

/** One JSON object a line, for CI. */
export function jsonReport(out: (text: string) => void, now: () => Date): Report {
  return { event: (event) => out(`${JSON.stringify({ at: now().toISOString(), ...plain(event) })}\n`) };
}

/** `until` is an instant of the program's own clock; `remaining` says the same in milliseconds. */
function plain(event: DeployEvent): object {
  if (event.type !== 'look' || event.step.kind !== 'wait') return event;
  const { until: _, ...step } = event.step;
  return { ...event, step };
}

/**
 * Plain lines: the definition to `out`, as 1.15 prints it, the rest to the log. A look is reported if it changes what the deploy waits for;
 * `screen` shows each in place of that.
 */
export function textReport(out: (text: string) => void, log: Logger, screen?: Report): Report {
  let told = '';
  let warned = '';
  let turnedBack = '';
  /** The obstacles of each look are one line. */
  const warn = (text: string): void => {
    if (text !== warned) log.warn(text);
    warned = text;
  };
  return {
    event(event) {
      screen?.event(event);
      switch (event.type) {
        case 'definition':
          return out(`${printDefinition(event.app)}\n`);
        case 'differences':
          return log.warn(event.why);
        case 'plan':
          for (const [at, step] of event.steps.entries()) log.info(`Plan ${at + 1}: ${step}`);
          return;
        case 'look': {
          const text = describe(event.step);
          // What follows it says the same.
          if (event.step.kind === 'stop' || event.step.kind === 'turn-back') return;
          if (text === told || (screen && event.step.kind === 'wait')) return;
          told = text;
          return log.info(withTime(text, event.remaining), { sides: event.sides });
        }
        case 'create':
        case 'write': {
          const what = event.type === 'create' ? `create ${event.app}` : written(event.step);
          if (event.outcome.kind === 'done') {
            warned = '';
            return log.info(`Marathon took it: ${what}`);
          }
          return warn(`${what}: ${event.outcome.why}; looking before it is tried again`);
        }
        case 'trouble':
          return warn(event.why);
        case 'hook':
          return log.info(`hook: ${event.line}`);
        case 'answer':
          return event.yes ? undefined : log.info(`Answered no: ${event.question}`);
        case 'turned-back':
          turnedBack = `rolled back: ${event.why}`;
          return log.error(`Rolling back: ${event.why}`);
        case 'end':
          if (told === `Done: ${event.why}`) return undefined;
          if (event.why === turnedBack) return log.error('Rolled back: the old app serves again');
          return event.status === 0 ? log.info(event.why) : log.error(event.why);
      }
    },
  };
}

function written(step: Write): string {
  return `${step.kind} ${step.app}${step.kind === 'scale' ? ` to ${step.to}` : ''}`;
}

function withTime(text: string, remaining: number | undefined): string {
  return remaining === undefined ? text : `${text} (${Math.ceil(remaining / 1000)} s left)`;
}
