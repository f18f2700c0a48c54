import { readFileSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import { expect, test } from 'vitest';
import { startSim } from '../start.ts';

/** Reads an event stream byte by byte as it comes, without any HTTP client in between. */
function openStream(
  url: string,
  query = '',
  accept = 'text/event-stream',
): { socket: Socket; text: () => string; ended: () => boolean; chunks: Buffer[] } {
  const { hostname, port, pathname } = new URL(url);
  const socket = connect(Number(port), hostname);
  const chunks: Buffer[] = [];
  let ended = false;
  socket.on('data', (chunk) => chunks.push(chunk));
  socket.on('close', () => {
    ended = true;
  });
  socket.on('error', () => {});
  socket.write(
    `GET ${pathname === '/' ? '' : pathname}/v2/events${query} HTTP/1.1\r\nHost: marathon\r\nAccept: ${accept}\r\n\r\n`,
  );
  return { socket, chunks, text: () => Buffer.concat(chunks).toString(), ended: () => ended };
}

const DELAYS = { deployment: 5, offer: 5, executor: 5, startup: 5, kill: 2, stop: 5 };

test('the bytes are framed as those of Marathon: head, attach first, CR LF, key order of each event', async () => {
  await using sim = await startSim({ speed: 100, delays: DELAYS });
  const stream = openStream(sim.url);
  await expect.poll(stream.text).toContain('event_stream_attached');
  const check = { path: '/health', intervalSeconds: 5, gracePeriodSeconds: 30 };
  await fetch(`${sim.url}/v2/apps`, {
    method: 'POST',
    body: JSON.stringify({ id: '/shop/web', cmd: 'x', labels: { a: 'b' }, healthChecks: [check] }),
  });
  await expect.poll(stream.text).toContain('event: deployment_success');
  const [head = '', ...frames] = stream.text().trimEnd().split('\r\n\r\n');
  expect(head.toLowerCase()).toContain('content-type: text/event-stream;charset=utf-8');
  expect(head.toLowerCase()).toContain('connection: close');
  expect(head.toLowerCase()).not.toContain('transfer-encoding');

  const canon = readFileSync(new URL('../../test/fixtures/marathon/canon-sse-create.sse', import.meta.url), 'utf8').replace(
    /\r\n\r\n(\r\n)+/g,
    '\r\n\r\n',
  );
  expect(frames.map(shape)).toEqual(canon.trimEnd().split('\r\n\r\n').map(shape));
  stream.socket.destroy();
});

/** An event line, and the keys of the data as they come. */
function shape(frame: string): unknown {
  const [event = '', data = '', ...more] = frame.split('\r\n');
  const json = JSON.parse(data.replace(/^data: /, '')) as Record<string, object>;
  return [
    event,
    data.slice(0, 6),
    Object.keys(json).sort(),
    Object.keys(json['appDefinition'] ?? {}).sort(),
    Object.keys(json['healthCheck'] ?? {}).sort(),
    more,
  ];
}

test('heartbeats are CR and LF, without an event', async () => {
  await using sim = await startSim({ delays: { heartbeat: 10 } });
  const stream = openStream(sim.url, '?event_type=none');
  await expect.poll(() => stream.text().replace(/^HTTP[^]*?\r\n\r\n/, '')).toMatch(/^(\r\n){3,}/);
  stream.socket.destroy();
});

test('a filtered stream gets the named types only', async () => {
  await using sim = await startSim({ delays: DELAYS });
  const stream = openStream(sim.url, '?event_type=one&event_type=two');
  await expect.poll(stream.text).toContain('\r\n\r\n');
  for (const eventType of ['one', 'other', 'two']) sim.publish({ eventType });
  await expect.poll(stream.text).toContain('event: two');
  expect(stream.text().match(/^event: .*/gm)).toEqual(['event: one\r', 'event: two\r'].map((line) => line.trimEnd()));
  stream.socket.destroy();
});

test('another Accept is 405', async () => {
  await using sim = await startSim();
  const stream = openStream(sim.url, '', 'text/event-stream, */*');
  await expect.poll(stream.text).toContain('HTTP/1.1 405');
  stream.socket.destroy();
});

test('events get lost, doubled, split or held back, as told; the loss of the leader ends the stream', async () => {
  await using sim = await startSim({ delays: { heartbeat: 60_000 } });
  const stream = openStream(sim.url, '?event_type=e');
  await expect.poll(stream.text).toContain('\r\n\r\n');
  const numbers = (): number[] => [...stream.text().matchAll(/"n":(\d+)/g)].map((match) => Number(match[1]));
  const publish = (...all: number[]): void => {
    for (const n of all) sim.publish({ eventType: 'e', n, text: 'grün' });
  };
  sim.setStreamFault({ dropEvery: 2 });
  publish(1, 2, 3, 4);
  sim.setStreamFault({ duplicate: true });
  publish(5);
  await expect.poll(numbers).toEqual([1, 3, 5, 5]);
  sim.setStreamFault({ silent: true });
  publish(6);
  const before = stream.chunks.length;
  sim.setStreamFault({ split: 3 });
  publish(7);
  await expect.poll(numbers).toEqual([1, 3, 5, 5, 7]);
  expect(stream.chunks.length - before).toBeGreaterThan(5);
  expect(stream.text()).toContain('grün');
  sim.setStreamFault({});
  sim.publish({ eventType: 'e', filler: 'x'.repeat(2_000_000) });
  await expect.poll(() => stream.text().length).toBeGreaterThan(2_000_000);
  expect(stream.ended()).toBe(false);
  sim.loseLeader({ ms: 400, host: 'other:8080' });
  await expect.poll(stream.ended).toBe(true);
  expect((await fetch(`${sim.url}/v2/apps`)).status).toBe(502);
  await expect.poll(async () => (await fetch(`${sim.url}/v2/apps`)).headers.get('x-marathon-leader')).toBe('http://other:8080');
});
