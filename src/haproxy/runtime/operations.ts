import type { FrontendOp, Op, ServerOp } from '../../plan/operations.ts';
import { changeOps } from '../../plan/server-ops.ts';
import type { DocumentFile } from '../../render/files/kinds.ts';
import { frontendCommand, serverCommands } from './commands.ts';
import { RUNTIME_FILES } from './file-kinds.ts';
import { pathBeside } from '../files/config-files.ts';
import type { ServerRemoval } from './server-removal.ts';
import { deletionIn, refusalIn } from './replies.ts';

export interface OperationDeps {
  /** Path of the configuration: its files lie beside it. */
  readonly config: string;
  readonly say: (commands: readonly string[]) => Promise<string>;
  /** Gets the servers that cannot be deleted yet. */
  readonly removal: ServerRemoval;
  /** Gets the commands that were sent. */
  readonly commands: string[];
}

/** Runs one operation in the running HAProxy: undefined, or why it refuses. */
export function operate(op: Op, deps: OperationDeps): Promise<string | undefined> {
  if (op.kind === 'file') return setFile(op.file, deps);
  return op.kind === 'open' || op.kind === 'limit' ? setFrontend(op, deps) : setServer(op, deps);
}

function setFile(file: DocumentFile, { config, say, commands }: OperationDeps): Promise<string | undefined> {
  return RUNTIME_FILES[file.kind].set(file, pathBeside(config, file.name), say, commands);
}

async function setFrontend(op: FrontendOp, { say, commands }: OperationDeps): Promise<string | undefined> {
  const said = frontendCommand(op);
  commands.push(said);
  return refusalIn(await say([said]));
}

async function setServer(op: ServerOp, deps: OperationDeps): Promise<string | undefined> {
  const { removal, commands, say } = deps;
  const leaving = removal.get(op.backend, op.server.name);
  if (op.kind === 'add' && leaving !== undefined) {
    removal.keep(op.backend, op.server.name);
    // It is in maintenance, whatever its line said.
    const back = changeOps(op.backend, { ...leaving, disabled: true }, op.server);
    return back.kind === 'reload' ? `it is still being removed, and ${back.reason}` : firstRefusal(back.ops, deps);
  }
  const said = serverCommands(op);
  commands.push(...said);
  const answer = await say(said);
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
