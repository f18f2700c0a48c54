const most = 50_000;
const least = 100;
/** Where the limit cannot be read: what old systems grant at least. */
const assumedOpenFiles = 4096;

/**
 * `maxconn` of the default head. HAProxy needs two open files a connection (client and server side), one a listener and one a health
 * check, and does not start where its limit is lower (`Cannot raise FD limit`). A quarter of the limit is left for listeners and
 * checks, the rest is halved; 1.15's 50000 is the ceiling. With a limit of 20000 that is 7500.
 */
export function maxconnFor(openFiles: number | undefined): number {
  const fits = Math.floor(((openFiles ?? assumedOpenFiles) * 3) / 4 / 2);
  return Math.max(least, Math.min(most, fits));
}
