import { connect } from 'node:tls';

/** Returns the SHA-1 of the certificate that a handshake for a name gets, in hexadecimal capitals. */
export function servedFor(port: number, servername: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connect({ host: '127.0.0.1', port, servername, rejectUnauthorized: false }, () => {
      const { fingerprint } = socket.getPeerCertificate();
      socket.end();
      resolve(fingerprint.replaceAll(':', ''));
    });
    socket.once('error', reject);
  });
}
