/**
 * Waits until work ends, but at most some milliseconds, counted from the moment when `after` aborts if it is given. The work goes on then, and
 * undefined is returned. Throws what the work throws in that time.
 */
export function endWithin<T>(work: Promise<T>, ms: number, after?: AbortSignal): Promise<T | undefined> {
  return new Promise((resolve, reject) => {
    let timer: NodeJS.Timeout | undefined;
    const count = (): void => {
      timer = setTimeout(() => resolve(undefined), ms);
    };
    const ended = (): void => {
      clearTimeout(timer);
      after?.removeEventListener('abort', count);
    };
    if (after === undefined || after.aborted) count();
    else after.addEventListener('abort', count, { once: true });
    void work.finally(ended).then(resolve, reject);
  });
}
