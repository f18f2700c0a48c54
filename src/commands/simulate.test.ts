import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Command } from 'commander';
import { afterEach, expect, test, vi } from 'vitest';
import { addSimulateCommand, simulate, type SimulateOptions } from './simulate.ts';

const OPTIONS: SimulateOptions = { port: 0, bind: '127.0.0.1', profile: '1.11', speed: 1000 };

afterEach(() => {
  vi.restoreAllMocks();
});

test('it runs the samples until it is stopped, and says where', async () => {
  const said = vi.spyOn(console, 'log').mockImplementation(() => {});
  const stop = new AbortController();
  const run = simulate(OPTIONS, stop.signal);
  await expect.poll(() => said.mock.calls.length).toBe(1);
  const url = /http:\/\/127\.0\.0\.1:\d+/.exec(String(said.mock.calls[0]?.[0]))?.[0] ?? '';
  const { apps } = (await (await fetch(`${url}/v2/apps?embed=apps.tasks`)).json()) as { apps: { id: string; labels: object }[] };
  expect(apps.map((app) => app.id)).toContain('/broken');
  expect(apps.every((app) => 'HAPROXY_GROUP' in app.labels)).toBe(true);
  stop.abort();
  expect(await run).toBe(0);
  await expect(fetch(url)).rejects.toThrow('fetch failed');
});

test('what keeps it from starting is said in one line with the remedy', async () => {
  const said = vi.spyOn(console, 'error').mockImplementation(() => {});
  const folder = await mkdtemp(join(tmpdir(), 'simulate-'));
  const taken = createServer();
  await new Promise<void>((resolve) => taken.listen(0, '127.0.0.1', resolve));
  try {
    const file = join(folder, 'apps.json');
    const { port } = taken.address() as AddressInfo;
    const failing = async (options: Partial<SimulateOptions>, text?: string): Promise<string> => {
      if (text !== undefined) await writeFile(file, text);
      expect(await simulate({ ...OPTIONS, ...options }, AbortSignal.timeout(1))).toBe(1);
      return String(said.mock.lastCall?.[0]);
    };
    expect(await failing({ port })).toContain('--port 0');
    expect(await failing({ apps: join(folder, 'none') })).toContain('there is no file');
    expect(await failing({ apps: file }, '{"a":1}')).toContain('write [{"id"');
    expect(await failing({ apps: file }, '[')).toContain('is not JSON');
    expect(await failing({ apps: file }, '[{"id":"/UP"}]')).toContain('"/id"');
  } finally {
    taken.close();
    await rm(folder, { recursive: true });
  }
});

test('its options are read and checked', async () => {
  let got: SimulateOptions | undefined;
  const parse = async (...args: string[]): Promise<unknown> => {
    const program = new Command().exitOverride().configureOutput({ writeErr: () => {} });
    addSimulateCommand(program, async (options) => {
      got = options;
    });
    for (const command of program.commands) command.exitOverride().configureOutput({ writeErr: () => {} });
    return program.parseAsync(['simulate', ...args], { from: 'user' });
  };
  await parse('--port', '0', '--profile', '1.4', '--speed', '10');
  expect(got).toEqual({ port: 0, bind: '127.0.0.1', profile: '1.4', speed: 10 });
  await expect(parse('--port', '99999')).rejects.toThrow('0 to 65535');
  await expect(parse('--profile', '2')).rejects.toThrow('1.4, 1.11');
  await expect(parse('--speed', '0')).rejects.toThrow('above 0');
});
