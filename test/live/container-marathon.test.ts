import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect, test } from 'vitest';
import { app } from '../support/marathon/apps.ts';
import { startContainer, type Container, type ContainerPorts } from '../support/program/container.ts';

function apps({ service }: ContainerPorts): object[] {
  return [app('/shop', service[0]!, { HAPROXY_0_VHOST: 'shop.test' })];
}

async function isServed(container: Container): Promise<void> {
  expect(await container.get('/', { host: 'shop.test' })).toMatchObject({ status: 200, app: '/shop' });
}

test('run event registers again where Marathon has lost the subscription', async () => {
  await using container = await startContainer({
    apps,
    sim: { profile: '1.4' },
    mode: ({ ports }) => ['event', `127.0.0.1:${ports.other}`],
  });
  const url = `http://127.0.0.1:${container.ports.other}`;
  const subscriptions = async (): Promise<unknown> => (await fetch(`${container.sim.url}/v2/eventSubscriptions`)).json();
  await container.program.eventually(() => isServed(container));
  await container.program.eventually(async () => expect(await subscriptions()).toEqual({ callbackUrls: [url] }));
  await container.marathon('DELETE', `/v2/eventSubscriptions?callbackUrl=${encodeURIComponent(url)}`);
  await container.program.until(/Marathon lost the subscription/);
  await container.program.eventually(async () => expect(await subscriptions()).toEqual({ callbackUrls: [url] }));
});

/** A gate before Marathon: open, closed, or forgetful, as one that has just started. */
test('run poll does not believe a Marathon at once that comes back empty', async () => {
  const gate = { state: 'open' as 'open' | 'closed' | 'empty', target: '' };
  const answer = async (path: string): Promise<{ readonly status: number; readonly text: string }> => {
    if (gate.state === 'closed') return { status: 503, text: '' };
    if (gate.state === 'empty' && path.startsWith('/v2/apps')) return { status: 200, text: '{"apps":[]}' };
    const found = await fetch(gate.target + path);
    return { status: found.status, text: await found.text() };
  };
  await using server = createServer((request, response) => {
    void answer(request.url ?? '').then(({ status, text }) =>
      response.writeHead(status, { 'content-type': 'application/json' }).end(text),
    );
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  await using container = await startContainer({
    apps,
    mode: ({ sim }) => {
      gate.target = sim.url;
      return ['poll'];
    },
    args: () => ['--marathon', `http://127.0.0.1:${(server.address() as AddressInfo).port}`],
    env: () => ({ POLL_INTERVAL: '0.2' }),
  });
  await container.program.eventually(() => isServed(container));
  gate.state = 'closed';
  await container.program.until(/Marathon gives no usable answer/);
  gate.state = 'empty';
  const mark = container.program.mark();
  await container.program.until(/1 of 1 servers/, mark);
  expect(await container.get('/', { host: 'shop.test' })).toMatchObject({ status: 200, app: '/shop' });
});
