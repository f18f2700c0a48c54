import { expect, it } from 'vitest';
import { reservePorts } from './port-block.ts';

it('goes on in a further block where the ports of one are used up', async () => {
  await using block = await reservePorts();
  const ports: number[] = [];
  while (ports.length < 120) ports.push(await block.next());
  expect(new Set(ports).size).toBe(120);
});
