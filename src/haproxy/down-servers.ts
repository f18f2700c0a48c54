import type { ConfigDocument } from '../render/document.ts';
import { HaproxyError } from './error.ts';
import { type Ask, lineOf } from './socket.ts';
import { runtimeSocket } from './socket-address.ts';

/** Asks HAProxy which servers its own checks found down: `ip:port`. `doc`: its head says where the socket is. Empty where nobody answers. */
export type DownServers = (doc: ConfigDocument, signal: AbortSignal) => Promise<ReadonlySet<string>>;

/** Only reads: nobody has to keep away meanwhile. */
export function createDownServers(ask: Ask): DownServers {
  return async (doc, signal) => {
    const socket = runtimeSocket(doc);
    if (socket.kind === 'none') return new Set();
    try {
      return downIn(await ask(socket.address, lineOf(['show servers state']), signal));
    } catch (error) {
      if (error instanceof HaproxyError) return new Set();
      throw error;
    }
  };
}

/** From `show servers state`, format version 1 (HAProxy management guide, section 9.3). */
export function downIn(answer: string): ReadonlySet<string> {
  const down = new Set<string>();
  let columns: readonly string[] = [];
  for (const line of answer.split('\n')) {
    if (line.startsWith('# ')) columns = line.slice(2).split(' ');
    const row = line.split(' ');
    if (line.startsWith('#') || row.length < 10) continue;
    const cell = (name: string) => row[columns.indexOf(name)] ?? '';
    const isChecked = (Number(cell('srv_check_state')) & ENABLED) !== 0;
    // In maintenance it is stopped, too, whatever its checks would find.
    if (isChecked && cell('srv_op_state') === STOPPED && cell('srv_admin_state') === '0')
      down.add(`${cell('srv_addr')}:${cell('srv_port')}`);
  }
  return down;
}

const STOPPED = '0';
/** A bit of the state of a check. */
const ENABLED = 0x04;
