import { execFile } from 'node:child_process';
import { mkdir } from 'node:fs/promises';
import { connect, createServer, type Socket } from 'node:net';
import { basename, dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { setTimeout as sleep } from 'node:timers/promises';

/** How the runtime socket answers. */
export type Manner = 'late' | 'half' | 'never';

/** Stands between the program and a socket of HAProxy. */
export interface Relay extends AsyncDisposable {
  /** How many it got. */
  questions(): number;
}

/**
 * Puts a relay in the place of a socket of HAProxy, for one process that has a mount namespace of its own: all others, and HAProxy
 * itself, see the real one. `aside`: a folder for the relay. Disposing takes it away.
 */
export async function relaySocket(
  pid: number,
  {
    socket,
    aside,
    manner,
    random,
  }: { readonly socket: string; readonly aside: string; readonly manner: Manner; readonly random: () => number },
): Promise<Relay> {
  let count = 0;
  const clients = new Set<Socket>();
  const server = createServer({ allowHalfOpen: true }, (client) => {
    count += 1;
    clients.add(client.once('close', () => clients.delete(client)));
    client.on('error', () => client.destroy());
    const haproxy = connect(socket);
    haproxy.on('error', () => client.destroy());
    client.pipe(haproxy);
    let answer = '';
    haproxy.setEncoding('utf8').on('data', (text: string) => (answer += text));
    haproxy.once('end', () => {
      if (manner === 'half') client.end(answer.slice(0, Math.floor(random() * answer.length)));
      if (manner === 'late') void sleep(random() * 2500).then(() => client.end(answer));
    });
  });
  const within = (words: readonly string[]) => promisify(execFile)('nsenter', ['--target', String(pid), '--mount', ...words]);
  await mkdir(aside, { recursive: true, mode: 0o700 });
  await new Promise<void>((resolve) => server.listen(join(aside, basename(socket)), resolve));
  // The whole folder: HAProxy puts a new socket in the place of its old one at each reload.
  await within(['mount', '--bind', aside, dirname(socket)]);
  return {
    questions: () => count,
    async [Symbol.asyncDispose]() {
      await within(['umount', '--lazy', dirname(socket)]);
      for (const client of clients) client.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
