/** `/_mlb_signal/hup` and `/_mlb_signal/usr1`: the signals for those who can only reach a port. */
import type { Hono } from 'hono';

/** Does what the signal does; the answer is why that cannot be. */
export type SendSignal = (name: 'SIGHUP' | 'SIGUSR1') => string | undefined;

/** Adds the routes; the answers are those of 1.15, whose clients ask with GET. */
export function addSignals(app: Hono, send: SendSignal): void {
  for (const [path, name] of [
    ['hup', 'SIGHUP'],
    ['usr1', 'SIGUSR1'],
  ] as const) {
    app.on(['GET', 'POST'], `/_mlb_signal/${path}`, (context) => {
      const refusal = send(name);
      if (refusal === undefined) return context.text(`Sent ${name} signal to marathon-lb`);
      return context.text(`Cannot send ${name} signal to marathon-lb: ${refusal}`, 500);
    });
  }
}
