import type { Logger } from '../../log/logger.ts';

/**
 * Makes the function that passes what a HAProxy prints, line by line, on to the log: alerts as errors. What belongs to every reload, one
 * line a proxy, is for debugging; that nobody reads the log is no fault of HAProxy's, each of whose workers says so again, and is said once.
 */
export function createTeller(log: Logger): (line: string) => void {
  let isLogMissed = false;
  return (line) => {
    const [, why] = /sendmsg\(\)\/writev\(\) failed in logger.*?: (.*)$/.exec(line) ?? [];
    if (why !== undefined) {
      if (!isLogMissed) log.warn(`HAProxy's own log reaches nobody: ${why}. HAPROXY_SYSLOGD=true brings it to stdout`);
      isLogMissed = true;
    } else if (line.startsWith('[ALERT]')) log.error(`HAProxy: ${line}`);
    else if (/: Proxy \S+ stopped \(/.test(line)) log.debug(`HAProxy: ${line}`);
    else log.info(`HAProxy: ${line}`);
  };
}
