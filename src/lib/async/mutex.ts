/** Runs pieces of work one after the other, in the order they come. */
export type Lock = <T>(work: () => Promise<T>) => Promise<T>;

/** A lock of its own. */
export function createLock(): Lock {
  let last: Promise<unknown> = Promise.resolve();
  return (work) => {
    const mine = last.then(work);
    last = mine.catch(() => {});
    return mine;
  };
}
