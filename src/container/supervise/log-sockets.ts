/** The sockets that a configuration's `log` lines name, and who listens there. */
import { connect } from 'node:net';
import { linesOf } from '../../haproxy-config/words.ts';
import { systemCode } from '../../lib/errors.ts';

/** The sockets that a configuration's `log` lines name by their path. */
export function logSocketsIn(text: string): string[] {
  const paths = linesOf(text, 'log').flatMap(([, target = '']) => /^(?:unix@|uxdg@)?(\/[\w.+@/-]+)$/.exec(target)?.[1] ?? []);
  return [...new Set(paths)];
}

/**
 * Who listens on a socket of the file system: what the system says to a connection. A datagram socket that a program listens on is of the
 * wrong kind (unix(7)).
 */
export function listenerOf(path: string): Promise<'none' | 'datagrams' | 'other'> {
  return new Promise((resolve) => {
    const socket = connect(path, () => {
      socket.destroy();
      resolve('other');
    });
    socket.on('error', (error) => {
      const code = systemCode(error);
      resolve(code === 'EPROTOTYPE' ? 'datagrams' : code === 'ENOENT' || code === 'ECONNREFUSED' ? 'none' : 'other');
    });
  });
}
