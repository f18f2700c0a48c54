import type { Logger } from '../../log/logger.ts';
import type { FrontendOp, Op, ServerOp } from '../../plan/operations.ts';
import { changeOps } from '../../plan/server-ops.ts';
import type { DocumentFile } from '../../render/files/kinds.ts';
import { setCertificates } from './certificates.ts';
import { frontendCommand, serverCommands } from './commands.ts';
import { runtimeOf } from './file-kinds.ts';
import { pathBeside } from '../files/config-files.ts';
import type { ServerRemoval } from './server-removal.ts';
import { deletionIn, refusalIn } from './replies.ts';

export interface OperationDeps {
  /** Path of the configuration: its files lie beside it. */
  readonly config: string;
  readonly send: (commands: readonly string[]) => Promise<string>;
  /** Gets the servers that cannot be deleted yet. */
  readonly removal: ServerRemoval;
  /** Gets the commands that were sent. */
  readonly commands: string[];
  readonly log: Logger;
}

/** Runs one operation in the running HAProxy: undefined, or why it refuses. */
export function operate(op: Op, deps: OperationDeps): Promise<string | undefined> {
  if (op.kind === 'file') return setFile(op.file, deps);
  if (op.kind === 'certificate' || op.kind === 'certificate-gone') return setCertificates(op, deps);
  return op.kind === 'open' || op.kind === 'limit' ? setFrontend(op, deps) : setServer(op, deps);
}

function setFile(file: DocumentFile, { config, send, commands }: OperationDeps): Promise<string | undefined> {
  return runtimeOf(file).set(file, pathBeside(config, file.name), send, commands);
}

async function setFrontend(op: FrontendOp, { send, commands }: OperationDeps): Promise<string | undefined> {
  const command = frontendCommand(op);
  commands.push(command);
  return refusalIn(await send([command]));
}

async function setServer(op: ServerOp, deps: OperationDeps): Promise<string | undefined> {
  const { removal, commands, send } = deps;
  const leaving = removal.get(op.backend, op.server.name);
  if (op.kind === 'add' && leaving !== undefined) {
    removal.keep(op.backend, op.server.name);
    // It is in maintenance, even if its line had another state.
    const back = changeOps(op.backend, { ...leaving, disabled: true }, op.server);
    return back.kind === 'reload' ? `it is still being removed, and ${back.reason}` : firstRefusal(back.ops, deps);
  }
  const lines = serverCommands(op);
  commands.push(...lines);
  const answer = await send(lines);
  if (op.kind !== 'remove') return refusalIn(answer);
  const deletion = deletionIn(answer);
  if (deletion === 'deleted') return undefined;
  if (typeof deletion === 'object') return deletion.refused;
  removal.add(op.backend, op.server);
  return undefined;
}

async function firstRefusal(ops: readonly Op[], deps: OperationDeps): Promise<string | undefined> {
  for (const op of ops) {
    const refused = await operate(op, deps);
    if (refused !== undefined) return refused;
  }
  return undefined;
}
