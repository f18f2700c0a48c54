import { Hono } from 'hono';
import { expect, it } from 'vitest';
import { addSignals } from './signals.ts';

it('passes signals on, or says why not', async () => {
  const sent: string[] = [];
  const app = new Hono();
  const send = (name: string): string | undefined => {
    sent.push(name);
    return name === 'SIGUSR1' ? 'it is Sunday' : undefined;
  };
  addSignals(app, send, () => undefined);
  const hup = await app.request('/_mlb_signal/hup');
  expect([hup.status, await hup.text()]).toEqual([200, 'Sent SIGHUP signal to marathon-lb']);
  const usr1 = await app.request('/_mlb_signal/usr1');
  expect([usr1.status, await usr1.text()]).toEqual([500, 'Cannot send SIGUSR1 signal to marathon-lb: it is Sunday']);
  expect((await app.request('/_mlb_signal/kill')).status).toBe(404);
  expect(sent).toEqual(['SIGHUP', 'SIGUSR1']);
});

it('asks for no reload while it has to wait', async () => {
  const sent: string[] = [];
  const app = new Hono();
  addSignals(
    app,
    (name) => void sent.push(name),
    (name) => (name === 'SIGUSR1' ? 12_345 : undefined),
  );
  const usr1 = await app.request('/_mlb_signal/usr1');
  expect([usr1.status, usr1.headers.get('retry-after')]).toEqual([429, '13']);
  expect(await usr1.text()).toMatch(/no file has changed since: try again in 13 s/);
  expect((await app.request('/_mlb_signal/hup')).status).toBe(200);
  expect(sent).toEqual(['SIGHUP']);
});
