/** The names of what is in the store: one rule for those who write and those who look. */
import { ACME_FOLDER } from './folder-store.ts';

/** Returns the file of a host's certificate. The prefix keeps apart what people put there. */
export function certificateFile(host: string): string {
  return `${PREFIX}${wordOf(host)}.pem`;
}

const PREFIX = 'acme_';

/** Returns the file of an order that has not come to its end. */
export function orderFile(host: string): string {
  return `${ACME_FOLDER}/order_${wordOf(host)}.json`;
}

/** The lock in a key-value service. */
export const LOCK_KEY = `${ACME_FOLDER}/lock`;

export const STATE_FILE = `${ACME_FOLDER}/state.json`;

/** A host has no underscore: `planOrders` refuses it. */
function wordOf(host: string): string {
  return host.replace(/^\*/, '_');
}
