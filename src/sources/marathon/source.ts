/** Makes a source of a Marathon: one client, reads and events. */
import type { Settings } from '../../config/settings.ts';
import { version } from '../../config/version.ts';
import { stripUserinfo } from '../../lib/text/strip-userinfo.ts';
import type { Logger } from '../../log/logger.ts';
import type { Source, SourceEvent } from '../source.ts';
import { createAppReader } from './apps/app-reader.ts';
import { createClient } from './http/client.ts';

export interface MarathonSourceOptions {
  readonly log: Logger;
  /** It is read once only: nothing is remembered for a next time. */
  readonly once?: boolean;
}

/** Disposing closes the connections. Throws as `createClient` does. */
export function createMarathonSource(
  { marathon, run: { mode } }: Pick<Settings, 'marathon' | 'run'>,
  { log, once = false }: MarathonSourceOptions,
): Source & AsyncDisposable {
  const client = createClient(marathon, { log: log.child('marathon_lb.marathon'), version: version() });
  const urls = marathon.urls.map(stripUserinfo);

  /** What follows is loaded only then: to start takes a good part of a run that only reads. */
  async function* events(signal: AbortSignal): AsyncGenerator<SourceEvent, void> {
    const options = { signal, log: log.child('marathon_lb.events') };
    if (mode.kind === 'event') {
      const { callbacks } = await import('./events/callbacks.ts');
      yield* callbacks(client, marathon, { ...options, listen: mode.listen, callbackUrl: mode.callbackUrl });
    } else {
      const { events } = await import('./events/sse.ts');
      yield* events(client, marathon, options);
    }
  }

  return {
    ...createAppReader(client, marathon, { log, once }),
    events,
    status: () => ({ urls, leader: client.leader }),
    [Symbol.asyncDispose]: () => client[Symbol.asyncDispose](),
  };
}
