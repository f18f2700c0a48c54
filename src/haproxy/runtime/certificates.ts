/** Certificates of the running HAProxy: given, renewed, forgotten, and compared. */
import { dirname } from 'node:path';
import type { Logger } from '../../log/logger.ts';
import type { CertificateOp } from '../../plan/operations.ts';
import {
  abortCertificate,
  commitCertificate,
  deleteCertificate,
  newCertificate,
  setCertificate,
  showCertificates,
} from './commands.ts';
import { certificatesIn, certificatePathsIn, hasCommitted, refusalIn, transactionIn, transactionOf } from './replies.ts';

type Send = (commands: readonly string[]) => Promise<string>;

interface Deps {
  readonly send: Send;
  /** Gets what was sent. */
  readonly commands: string[];
  readonly log: Pick<Logger, 'error'>;
}

/**
 * Runs an operation. Returns why HAProxy refuses. Handshakes see the old certificate or the new one. If HAProxy refuses another content
 * for a certificate that it has, only the log says so: a reload could not help, and server changes must not wait for the file.
 */
export async function setCertificates(op: CertificateOp, { send, commands, log }: Deps): Promise<string | undefined> {
  const say = async (command: string): Promise<string> => {
    commands.push(command.split(' <<\n')[0] ?? '');
    return send([command]);
  };
  if (op.kind === 'certificate-gone') {
    const refused = refusalIn(await say(deleteCertificate(op.path)));
    return refused === undefined || isUnknown(refused) ? undefined : refused;
  }
  const { path, pem, name, origin } = op.certificate;
  // What a killed program began would take this text for the other certificate (HAProxy 2.6).
  const begun = transactionIn(await send([abortCertificate(path)]));
  if (begun !== undefined) await say(abortCertificate(begun));
  const set = setCertificate(path, pem);
  let answer = await say(set);
  const wasKnown = !isUnknown(refusalIn(answer) ?? '');
  if (!wasKnown) {
    // It reads the file when it is reloaded for another reason. HAProxy 2.6 has a file NAME.crt, and does not find it by that name.
    if (!op.mayAdd) return certificatesIn(await send([showCertificates(path)])).size > 0 ? refusalIn(answer) : undefined;
    const refused = refusalIn(await say(newCertificate(path)));
    if (refused !== undefined) return refused;
    answer = await say(set);
  }
  const refused = refusalIn(answer);
  if (refused !== undefined && wasKnown) {
    log.error(`HAProxy refuses the certificate ${name} and keeps the former one: ${refused}; replace ${origin}`);
    return undefined;
  }
  if (refused !== undefined) return refused;
  const taken = transactionOf(answer);
  if (taken !== path) {
    if (taken !== undefined) await say(abortCertificate(taken));
    return `HAProxy answers ${JSON.stringify(answer.trim().slice(0, 200))}`;
  }
  const committed = await say(commitCertificate(path));
  if (hasCommitted(committed)) return undefined;
  await send([abortCertificate(path)]);
  return refusalIn(committed) ?? committed.trim().replaceAll(/\s+/g, ' ').slice(0, 300);
}

/** HAProxy does not have a certificate of this path. */
function isUnknown(refusal: string): boolean {
  return /not referenced by the configuration|doesn't exist|does not exist/.test(refusal);
}

/** What the running HAProxy has. */
export interface RunningCertificates {
  /** Path → SHA-1 in hexadecimal capitals, of those that were asked for. */
  readonly fingerprints: ReadonlyMap<string, string>;
  /** Of certificates in the folders of those: other ones. */
  readonly others: readonly string[];
}

/** Asks for certificates by their paths. */
export async function readCertificates(paths: readonly string[], send: Send): Promise<RunningCertificates> {
  const wanted = new Set(paths);
  const folders = new Set(paths.map((path) => dirname(path)));
  const all = certificatePathsIn(await send([showCertificates()]));
  const there = all.filter((path) => wanted.has(path));
  const fingerprints = new Map<string, string>();
  for (let at = 0; at < there.length; at += AT_ONCE) {
    const answer = await send(there.slice(at, at + AT_ONCE).map((path) => showCertificates(path)));
    for (const [path, fingerprint] of certificatesIn(answer)) fingerprints.set(path, fingerprint);
  }
  return { fingerprints, others: all.filter((path) => !wanted.has(path) && folders.has(dirname(path))) };
}

/** A line of commands has to fit into HAProxy's buffer of 16 kB, with paths of a hundred characters and more. */
const AT_ONCE = 50;
