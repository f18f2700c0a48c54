const most = 50_000;
const least = 100;
/** What old systems grant at least; assumed if the limit cannot be read. */
const assumedOpenFiles = 4096;
/** What HAProxy opens besides: 27 files with two threads, measured on 2.6, 3.0 and 3.2, more with more of them. */
const others = 100;

/**
 * Returns `maxconn` of the default head. HAProxy counts two open files a connection (client and server side), one a listener and one a server
 * that it checks (`sockets` of both), and does not start if that is above its limit (`Cannot raise FD limit`). A quarter of the limit is
 * left for them, or the next power of two if they are more: so a changed number of them seldom changes the head. The rest is
 * halved; 1.15's 50000 is the ceiling. With a limit of 20000 that is 7500, and 1808 with 10,000 listeners.
 */
export function maxconnFor(openFiles: number | undefined, sockets = 0): number {
  const limit = openFiles ?? assumedOpenFiles;
  if (limit === Infinity) return most;
  const needed = sockets + others;
  const reserved = needed <= limit / 4 ? limit / 4 : 2 ** Math.ceil(Math.log2(needed));
  return Math.max(least, Math.min(most, Math.floor((limit - reserved) / 2)));
}
