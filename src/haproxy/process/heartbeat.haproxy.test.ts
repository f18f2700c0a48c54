import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { head } from '../../../test/support/rendering/documents.ts';
import { HAPROXIES } from '../../../test/support/haproxy/haproxies.ts';
import { reservedPort } from '../../../test/support/network/port-block.ts';
import { type ConfigDocument, print } from '../../render/document.ts';
import { createHeartbeat, type Heartbeat } from './heartbeat.ts';
import { findProcesses } from './processes.ts';
import { createAsk } from '../runtime/socket.ts';

let folder = '';
let child: ChildProcess | undefined;
let stop = new AbortController();
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'mlb-heartbeat-'));
  stop = new AbortController();
});
afterEach(async () => {
  stop.abort();
  child?.kill('SIGKILL');
  await rm(folder, { recursive: true, force: true });
});

const lines: string[] = [];

/** A heartbeat of a document, with its log in `lines`. */
function beating(document: ConfigDocument | undefined): Heartbeat {
  lines.length = 0;
  const log = { error: (text: string) => void lines.push(text), info: (text: string) => void lines.push(text) };
  const heartbeat = createHeartbeat({ document: () => document, ask: createAsk(300), processes: running, log, every: 50 });
  void heartbeat.run(stop.signal);
  return heartbeat;
}

const running = () => findProcesses(join(folder, 'haproxy.cfg'));

async function start(binary: string, document: ConfigDocument): Promise<void> {
  const config = join(folder, 'haproxy.cfg');
  const listener = `\nfrontend f\n  bind 127.0.0.1:${await reservedPort()}\n`;
  await writeFile(config, print(document) + listener);
  child = spawn(binary, ['-db', '-f', config], { stdio: 'ignore' });
}

describe.each(HAPROXIES)('with %s', (binary) => {
  test('a HAProxy that is stopped is silent, one that is killed is gone; both are logged once', async () => {
    const document = { sections: [head(folder)], files: [] };
    const heartbeat = beating(document);
    expect(heartbeat.state()).toBe('unknown');
    await start(binary, document);
    await expect.poll(() => heartbeat.state()).toBe('alive');
    child?.kill('SIGSTOP');
    await expect.poll(() => heartbeat.state()).toBe('silent');
    child?.kill('SIGCONT');
    await expect.poll(() => heartbeat.state()).toBe('alive');
    child?.kill('SIGKILL');
    await expect.poll(() => heartbeat.state()).toBe('gone');
    expect(lines).toEqual([
      expect.stringMatching(/does not answer/),
      'HAProxy answers again',
      expect.stringMatching(/is gone.*\/_mlb\/ready is false/),
    ]);
  });

  test('without a socket in the head the processes are counted', async () => {
    const [section] = [head(folder)];
    const text = section?.blocks[0]?.text.replace(/^.*stats socket.*\n/m, '') ?? '';
    const document: ConfigDocument = { sections: [{ kind: 'head', name: 'head', blocks: [{ text }] }], files: [] };
    await start(binary, document);
    const heartbeat = beating(document);
    await expect.poll(() => heartbeat.state()).toBe('alive');
    child?.kill('SIGKILL');
    await expect.poll(() => heartbeat.state()).toBe('gone');
  });
});

test('a HAProxy that was never seen may run elsewhere', async () => {
  const heartbeat = beating({ sections: [head(folder)], files: [] });
  await new Promise((resolve) => setTimeout(resolve, 300));
  expect([heartbeat.state(), lines]).toEqual(['unknown', []]);
});
