import { connect } from 'node:net';

/** Sends a text and returns what came back when that is there. */
export function echo(port: number, text: string, whole: RegExp, from = '127.0.0.1'): Promise<string> {
  return new Promise((resolve, reject) => {
    let got = '';
    const socket = connect({ port, host: '127.0.0.1', localAddress: from }, () => socket.write(text));
    socket.setEncoding('utf8').on('data', (chunk: string) => {
      got += chunk;
      if (!whole.test(got)) return;
      resolve(got);
      socket.destroy();
    });
    socket.on('error', reject);
    socket.on('close', () => resolve(got));
  });
}

/** Sends a text, then nothing, and returns what came back until the other side ends. */
export function echoUntilClosed(port: number, text: string): Promise<string> {
  return echo(port, text, /^never$/);
}
