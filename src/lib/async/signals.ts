/** A signal for work that nothing stops. */
export const NEVER: AbortSignal = new AbortController().signal;

/** Waits until the signal aborts. */
export function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener('abort', () => resolve(), { once: true });
  });
}
