import { createServer } from 'node:net';

/** The first free TCP port from `wanted` on that is not in `taken`; it is put there. Throws if 200 in a row are in use. */
export async function freePort(wanted: number, taken: Set<number>): Promise<number> {
  for (let port = wanted; port < wanted + 200; port += 1) {
    if (taken.has(port) || !(await isFree(port))) continue;
    taken.add(port);
    return port;
  }
  throw new Error(`no free port from ${wanted} to ${wanted + 199}: end what listens there`);
}

/** The first of `count` free TCP ports in a row, from `wanted` on in steps of 10. Throws if none of 100 rows is free. */
export async function freeRow(wanted: number, count: number): Promise<number> {
  for (let first = wanted; first < wanted + 1000; first += 10) {
    const row = Array.from({ length: count }, (_, at) => first + at);
    if ((await Promise.all(row.map(isFree))).every(Boolean)) return first;
  }
  throw new Error(`no ${count} free ports in a row from ${wanted} to ${wanted + 999}: end what listens there`);
}

/** Both ways of listening must work: HAProxy binds all addresses, another program may have only loopback. */
async function isFree(port: number): Promise<boolean> {
  return (await canListen(port, '0.0.0.0')) && (await canListen(port, '127.0.0.1'));
}

function canListen(port: number, host: string): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(false));
    server.listen({ port, host, exclusive: true }, () => server.close(() => resolve(true)));
  });
}
