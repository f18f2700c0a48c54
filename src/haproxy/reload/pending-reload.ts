import type { ConfigDocument } from '../../render/document.ts';
import type { Applied } from '../applied.ts';
import type { Lock } from '../../lib/mutex.ts';
import type { Reload } from './reload.ts';
import type { ReloadGate } from './reload-gate.ts';
import type { ReloadMarker } from './reload-marker.ts';
import type { Runtime } from '../runtime/runtime.ts';

/** A reload is owed from the moment the files change until HAProxy was reloaded; with a marker, also by the next program. */
export interface OwedReload {
  readonly isOwed: boolean;
  owe(): Promise<void>;
  /** Reloads; `doc` is what the files have, where that is known. Throws HaproxyError: it stays owed. */
  pay(request: ReloadRequest): Promise<Applied>;
}

export interface ReloadRequest {
  readonly reasons: readonly string[];
  readonly signal: AbortSignal;
  readonly doc?: ConfigDocument;
  /** Instead of `--max-reload-retries`. */
  readonly retries?: number;
}

export interface OwedReloadDeps {
  readonly reload: Reload;
  readonly gate: ReloadGate;
  readonly marker?: ReloadMarker | undefined;
  /** Nothing is said to the running HAProxy meanwhile. */
  readonly speaking: Lock;
  /** Waits until the new process answers. Undefined: nobody waits. */
  readonly around?: Runtime['around'] | undefined;
}

export function createOwedReload({ reload, gate, marker, speaking, around }: OwedReloadDeps): OwedReload {
  let isOwed = marker?.isThere ?? false;
  const owe = async (): Promise<void> => {
    isOwed = true;
    await marker?.set();
  };

  return {
    get isOwed() {
      return isOwed;
    },
    owe,
    async pay({ reasons, signal, doc, retries }) {
      await owe();
      let attempts = 0;
      await speaking(async () => {
        gate.begin();
        const once = async (): Promise<boolean> => {
          ({ attempts } = await reload(signal, retries));
          return attempts > 0;
        };
        await (around === undefined ? once() : around(doc, once, signal));
      });
      isOwed = false;
      await marker?.clear();
      return { kind: 'reload', reasons, attempts };
    },
  };
}
