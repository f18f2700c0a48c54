import * as z from 'zod';
import type { VaultRequests } from '../../lib/vault-requests.ts';

/**
 * Makes what keeps the token of Vault alive, as long as there are requests: half of its time before it ends it is renewed. A token that cannot be
 * renewed (one without an end, or one whose policy does not allow it) is left as it is, and asked for again after an hour.
 */
export function createTokenRenewal(requests: Pick<VaultRequests, 'send'>, clock: () => number): () => Promise<void> {
  let next = -Infinity;
  return async () => {
    if (clock() < next) return;
    // Of several requests only one renews it.
    next = clock() + SOON;
    const { status, body } = await requests.send({ path: 'auth/token/renew-self', method: 'POST', body: {} });
    if (status >= 500) return;
    const { lease_duration: seconds = 0, renewable = false } = answers.safeParse(body).data?.auth ?? {};
    next = clock() + (renewable && seconds > 0 ? Math.min(Math.max((seconds * 1000) / 2, SOON), HOUR) : HOUR);
  };
}

const answers = z.object({ auth: z.object({ lease_duration: z.number(), renewable: z.boolean() }) });

/** Milliseconds. */
const SOON = 5000;
const HOUR = 3_600_000;
