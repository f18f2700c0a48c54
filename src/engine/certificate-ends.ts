import { localTime } from '../lib/text/local-time.ts';
import { plural } from '../lib/text/plural.ts';
import type { Logger } from '../log/logger.ts';
import type { CertificateTable } from '../model/certificates/certificate.ts';

const DAY = 86_400_000;

/** Milliseconds before the end of a certificate from which on it is a problem. */
const ALARM = 14 * DAY;

/** Lines for one look: a folder of thousands is not to fill the log. */
const MOST_LINES = 20;

/** Returns a function that logs the certificates which end within 14 days, each once a day. */
export function createEndAlarm(log: Pick<Logger, 'warn'>, now: () => Date): (table: CertificateTable) => void {
  let logged = new Map<string, number>();
  return ({ certificates }) => {
    const at = now().getTime();
    const ending = certificates.filter(({ ends }) => Date.parse(ends) - at <= ALARM);
    const due = ending.filter(({ path }) => at - (logged.get(path) ?? -Infinity) >= DAY);
    const known = logged;
    logged = new Map(ending.map(({ path }) => [path, known.get(path) ?? at]));
    for (const { path } of due) logged.set(path, at);
    for (const { name, hosts, origin, ends } of due.slice(0, MOST_LINES)) {
      const days = Math.floor((Date.parse(ends) - at) / DAY);
      const when = days < 0 ? 'has ended' : `ends in ${plural(days, 'day')}`;
      log.warn(`certificate ${name} (${hosts[0] ?? 'no host'}) ${when}, on ${localTime(new Date(ends))}: renew ${origin}`);
    }
    if (due.length > MOST_LINES)
      log.warn(`${due.length - MOST_LINES} more certificates end within 14 days (marathon-lb certificates)`);
  };
}
