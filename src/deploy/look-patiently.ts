import { MarathonError } from '../marathon/error.ts';
import { DeployError } from './error.ts';
import type { LoopParts } from './loop.ts';
import type { Seen } from './types.ts';
import type { Course } from './decide/step.ts';

/** Marathon may be without a leader for a while: `isTroubled`. Undefined: interrupted. */
export async function lookPatiently(
  { waits }: Pick<Course, 'waits'>,
  {
    observer,
    clock,
    stepDelay,
    report,
    interruption,
  }: Pick<LoopParts, 'observer' | 'clock' | 'stepDelay' | 'report' | 'interruption'>,
): Promise<{ readonly seen: Seen; readonly isTroubled: boolean } | undefined> {
  const since = clock.now();
  let isTroubled = false;
  for (;;) {
    try {
      return { seen: await observer.look(interruption.signal), isTroubled };
    } catch (error) {
      if (interruption.signal.aborted) return undefined;
      if (!(error instanceof MarathonError)) throw error;
      if (clock.now() - since >= waits.maxWait) {
        throw new DeployError('marathon', `${error.message}. Nothing more is changed; --resume goes on`, {
          cause: error,
          retryable: true,
        });
      }
      isTroubled = true;
      report({ type: 'trouble', why: error.message });
      await clock.sleep(stepDelay, interruption.signal);
      if (interruption.signal.aborted) return undefined;
    }
  }
}
