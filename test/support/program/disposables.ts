/** What is to be disposed of together, the last one first (Node 20 has no `AsyncDisposableStack`). */
export interface Disposables extends AsyncDisposable {
  use<T extends AsyncDisposable>(resource: T): T;
  defer(work: () => Promise<unknown>): void;
}

/** Holds nothing yet. Disposing goes on after a failure and throws the first one. */
export function createDisposables(): Disposables {
  const works: (() => PromiseLike<unknown>)[] = [];
  return {
    use(resource) {
      works.push(() => resource[Symbol.asyncDispose]());
      return resource;
    },
    defer: (work) => void works.push(work),
    async [Symbol.asyncDispose]() {
      const failures: unknown[] = [];
      for (const work of works.splice(0).toReversed()) {
        try {
          await work();
        } catch (error) {
          failures.push(error);
        }
      }
      if (failures.length > 0) throw failures[0];
    },
  };
}
