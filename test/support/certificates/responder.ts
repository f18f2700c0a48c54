import { execFileSync, spawn } from 'node:child_process';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { reservedPort } from '../network/port-block.ts';

/** A real OCSP responder (`openssl ocsp`), and certificates that name it. */
export interface Responder extends AsyncDisposable {
  /** Certificates of the names, with their issuer's certificate and their key. */
  readonly pems: readonly string[];
}

/** `names`: a certificate for each, also for the same name twice. */
export async function startResponder(folder: string, names: readonly string[]): Promise<Responder> {
  const port = await reservedPort();
  const openssl = (...args: readonly string[]): string =>
    execFileSync('openssl', args, { cwd: folder, encoding: 'utf8', stdio: 'pipe' });
  const newKey = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes'];
  openssl('req', '-x509', ...newKey, '-keyout', 'ca.key', '-out', 'ca.crt', '-subj', '/CN=ca', '-days', '30');
  const ca = await readFile(join(folder, 'ca.crt'), 'utf8');
  const pems: string[] = [];
  const rows: string[] = [];
  for (const [at, name] of names.entries()) {
    const [request, made, key, more] = ['csr', 'crt', 'key', 'ext'].map((kind) => `${at}.${kind}`) as [
      string,
      string,
      string,
      string,
    ];
    await writeFile(join(folder, more), `subjectAltName=DNS:${name}\nauthorityInfoAccess=OCSP;URI:http://127.0.0.1:${port}\n`);
    openssl('req', ...newKey, '-keyout', key, '-out', request, '-subj', `/CN=${name}`);
    const signed = ['-CA', 'ca.crt', '-CAkey', 'ca.key', '-set_serial', String(at + 1), '-days', '20', '-extfile', more];
    openssl('x509', '-req', '-in', request, '-out', made, ...signed);
    pems.push(`${await readFile(join(folder, made), 'utf8')}${ca}${await readFile(join(folder, key), 'utf8')}`);
    // The responder takes no name twice.
    rows.push(`V\t401231000000Z\t\t${(at + 1).toString(16).padStart(2, '0')}\tunknown\t/CN=${at}\n`);
  }
  await writeFile(join(folder, 'index.txt'), rows.join(''));
  const signer = ['-CA', 'ca.crt', '-rsigner', 'ca.crt', '-rkey', 'ca.key'];
  const child = spawn(
    'openssl',
    ['ocsp', '-index', 'index.txt', '-port', String(port), '-nmin', '60', '-ignore_err', ...signer],
    {
      cwd: folder,
      stdio: 'ignore',
    },
  );
  const ended = new Promise((resolve) => child.once('close', resolve));
  return {
    pems,
    async [Symbol.asyncDispose]() {
      child.kill('SIGKILL');
      await ended;
    },
  };
}
