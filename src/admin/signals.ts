/** `/_mlb_signal/hup` and `/_mlb_signal/usr1`: the signals for those who can only reach a port. */
import type { Hono } from 'hono';

/** Does what the signal does; the answer is why that cannot be. */
export type SendSignal = (name: SignalName) => string | undefined;

export type SignalName = 'SIGHUP' | 'SIGUSR1';

/** Adds the routes; the answers are those of 1.15, whose clients ask with GET. `reloadWait`: milliseconds until a reload may be asked for. */
export function addSignals(app: Hono, send: SendSignal, reloadWait: () => number | undefined): void {
  for (const [path, name] of [
    ['hup', 'SIGHUP'],
    ['usr1', 'SIGUSR1'],
  ] as const) {
    app.on(['GET', 'POST'], `/_mlb_signal/${path}`, (context) => {
      const wait = name === 'SIGUSR1' ? reloadWait() : undefined;
      if (wait !== undefined) {
        context.header('Retry-After', String(Math.ceil(wait / 1000)));
        return context.text(
          `HAProxy was reloaded a moment ago and no file has changed since: try again in ${Math.ceil(wait / 1000)} s\n`,
          429,
        );
      }
      const refusal = send(name);
      if (refusal === undefined) return context.text(`Sent ${name} signal to marathon-lb`);
      return context.text(`Cannot send ${name} signal to marathon-lb: ${refusal}`, 500);
    });
  }
}
