import { connect } from 'node:net';

/** Returns whether a program accepts connections on a port of loopback: for `startMaster`, if HAProxy has no socket to ask. Never rejects. */
export function portAnswers(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ port, host: '127.0.0.1' }, () => {
      socket.destroy();
      resolve(true);
    });
    socket.once('error', () => resolve(false));
  });
}
