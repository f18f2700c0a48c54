import { setTimeout as sleep } from 'node:timers/promises';
import type { Engine } from '../../engine/engine.ts';
import type { Logger } from '../../log/logger.ts';

/** Says, until the signal, how many processes of earlier generations still have connections, whenever that changes. */
export async function watchOldWorkers(
  engine: Pick<Engine, 'figures'>,
  log: Logger,
  signal: AbortSignal,
  every = 10_000,
): Promise<void> {
  for (let before = 0; !signal.aborted;) {
    await sleep(every, undefined, { signal }).catch(() => {});
    if (signal.aborted) return;
    const { oldWorkers } = await engine.figures();
    if (oldWorkers !== before) log.info(`old HAProxy workers that still have connections: ${oldWorkers}`);
    before = oldWorkers;
  }
}
