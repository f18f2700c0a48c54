/** `/_mlb_signal/hup` and `/_mlb_signal/usr1`: the signals for those who can only reach a port. */
import type { Hono } from 'hono';

/** Does what the signal does; the answer is why that cannot be. */
export type SendSignal = (name: SignalName) => string | undefined;

export type SignalName = 'SIGHUP' | 'SIGUSR1';

/** Adds the routes; the answers are those of 1.15, whose clients ask with GET. `waitFor`: milliseconds until a signal may be asked for again. */
export function addSignals(app: Hono, send: SendSignal, waitFor: (name: SignalName) => number | undefined): void {
  for (const [path, name] of [
    ['hup', 'SIGHUP'],
    ['usr1', 'SIGUSR1'],
  ] as const) {
    app.on(['GET', 'POST'], `/_mlb_signal/${path}`, (context) => {
      const wait = waitFor(name);
      if (wait !== undefined) {
        context.header('Retry-After', String(Math.ceil(wait / 1000)));
        const why =
          name === 'SIGUSR1'
            ? 'HAProxy was reloaded a moment ago and no file has changed since'
            : 'Marathon was read a moment ago';
        return context.text(`${why}: try again in ${Math.ceil(wait / 1000)} s\n`, 429);
      }
      const refusal = send(name);
      if (refusal === undefined) return context.text(`Sent ${name} signal to marathon-lb`);
      return context.text(`Cannot send ${name} signal to marathon-lb: ${refusal}`, 500);
    });
  }
}
