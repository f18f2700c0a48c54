import { once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';
import { expect, test } from 'vitest';
import { withoutUnbindable } from './unbindable-frontends.ts';

test('leaves out the frontends whose ports are held, but none that is needed', async () => {
  await using server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const bind = `  bind 127.0.0.1:${port}\n`;
  const rest = `global\n  daemon\n\n# kept\nfrontend in\n${bind}\nfrontend free\n  bind 127.0.0.1:1-2 interface lo\n\n`;
  const end = `backend held\n  server a 127.0.0.1:${port}\n\nlisten stats\n${bind}`;
  const request = { needed: (name: string) => name === 'in', processes: [] };
  const found = await withoutUnbindable({ text: `${rest}frontend held\n  mode tcp\n${bind}\n${end}`, ...request });
  expect(found.text).toBe(rest + end);
  expect(found.left).toEqual([expect.stringContaining(`frontend held cannot bind 127.0.0.1:${port}: `)]);
  expect(await withoutUnbindable({ text: rest, ...request })).toEqual({ text: rest, left: [] });
});
