import { findProcesses, oldWorkers } from '../../../src/haproxy/process/processes.ts';
import { serversIn } from '../../../src/haproxy/runtime/replies.ts';
import { createAsk } from '../../../src/haproxy/runtime/socket.ts';
import { readFile } from 'node:fs/promises';
import type { Stack } from '../program/stack.ts';

/** What HAProxy has that Marathon has not, the other way round, and workers of earlier reloads; empty: all is as it should be. */
export async function staleness(stack: Pick<Stack, 'sim' | 'config'>): Promise<readonly string[]> {
  const wanted = stack.sim.tasks().map(({ host, ports }) => `${host}:${ports[0]}`);
  const found = await serversOf(stack.config);
  const workers = oldWorkers(await findProcesses(stack.config));
  return [
    ...found.filter((server) => !wanted.includes(server)).map((server) => `HAProxy has ${server}, Marathon has not`),
    ...wanted.filter((task) => !found.includes(task)).map((task) => `Marathon has ${task}, HAProxy has not`),
    ...(found.length === new Set(found).size ? [] : ['HAProxy has a server twice']),
    ...(workers === 0 ? [] : [`${workers} old workers of HAProxy have not ended`]),
  ];
}

/** The servers of apps in the running HAProxy: backends of apps end in their service port. */
async function serversOf(config: string): Promise<string[]> {
  const path = /stats socket (\/\S+)/.exec(await readFile(config, 'utf8'))?.[1] ?? '';
  const answer = await createAsk()({ kind: 'path', path }, 'show servers state', AbortSignal.timeout(5000));
  return serversIn(answer).flatMap(({ backend, host, port }) => (/_\d+$/.test(backend) ? [`${host}:${port}`] : []));
}
