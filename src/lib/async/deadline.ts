/** Returns a signal that fires with `signal`, or with its own error after `ms`; disposing it undoes both. */
export function deadline(signal: AbortSignal, ms: number, error: () => Error): Disposable & { readonly signal: AbortSignal } {
  const controller = new AbortController();
  const follow = (): void => controller.abort(signal.reason);
  const timer = setTimeout(() => controller.abort(error()), ms);
  if (signal.aborted) follow();
  else signal.addEventListener('abort', follow, { once: true });
  return {
    signal: controller.signal,
    [Symbol.dispose]: () => {
      clearTimeout(timer);
      signal.removeEventListener('abort', follow);
    },
  };
}
