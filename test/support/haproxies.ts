import { accessSync, constants } from 'node:fs';
import { createServer } from 'node:net';

/** The HAProxy programs of this machine that tests run on: Debian's own, which must be there, and newer ones where installed. */
export const HAPROXIES: readonly string[] = [
  '/usr/sbin/haproxy',
  ...['/opt/haproxy-3.0/haproxy', '/opt/haproxy-3.2/haproxy'].filter(isExecutable),
];

/** A free TCP port above 20000. */
export async function freePort(): Promise<number> {
  for (;;) {
    const server = createServer();
    const port = await new Promise<number>((resolve, reject) => {
      server.once('error', reject).listen(0, () => resolve((server.address() as { port: number }).port));
    });
    await new Promise((resolve) => server.close(resolve));
    if (port > 20_000) return port;
  }
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
