/** Makes calls, each with a limit of time. */
export type AnswerLimit = <T>(work: () => Promise<T>) => Promise<T>;

/**
 * Makes what throws `error()` if a call has no answer after some milliseconds. Such a call goes on, as a disk or a network file system cannot be
 * interrupted: until it ends no other one is made, so that they do not take all threads of the process.
 */
export function createAnswerLimit(ms: number, error: () => Error): AnswerLimit {
  let late = 0;
  return async (work) => {
    if (late > 0) throw error();
    const call = work();
    let timer: NodeJS.Timeout | undefined;
    const expiry = new Promise<never>((_resolve, reject) => {
      timer = setTimeout(() => {
        late += 1;
        const ended = (): void => void (late -= 1);
        call.then(ended, ended);
        reject(error());
      }, ms);
    });
    try {
      return await Promise.race([call, expiry]);
    } finally {
      clearTimeout(timer);
    }
  };
}
