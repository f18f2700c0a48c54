import * as z from 'zod';
import type { VaultAnswer, VaultRequests } from '../../lib/vault-requests.ts';

/**
 * Makes what keeps the token of Vault alive, as long as there are requests: half of its time before it ends it is renewed. A token that cannot be
 * renewed (one without an end, or one whose policy does not allow it) is left as it is, and asked for again after an hour. What fails for another
 * reason is tried again soon. Never throws.
 */
export function createTokenRenewal(requests: Pick<VaultRequests, 'send' | 'token'>, clock: () => number): () => Promise<void> {
  let token: string | undefined;
  let next = -Infinity;
  let refusals = 0;

  /** Returns the milliseconds until the next renewal. */
  const pauseAfter = ({ status, body }: VaultAnswer): number => {
    refusals = status === 403 ? refusals + 1 : 0;
    // A server on standby may not know a new token yet.
    if (status === 400 || refusals > 1) return HOUR;
    const auth = answers.safeParse(body).data?.auth;
    if (status !== 200 || auth === undefined) return SOON;
    const { lease_duration: seconds, renewable } = auth;
    return renewable && seconds > 0 ? Math.min(Math.max((seconds * 1000) / 2, SOON), HOUR) : HOUR;
  };

  return async () => {
    try {
      const current = (await requests.token()).reveal();
      if (current !== token) [token, next, refusals] = [current, -Infinity, 0];
      if (clock() < next) return;
      // Of several requests only one renews it.
      next = clock() + SOON;
      const answer = await requests.send({ path: 'auth/token/renew-self', method: 'POST', body: {} });
      if (current === token) next = clock() + pauseAfter(answer);
    } catch {
      // The request that needs the token says why there is no answer.
    }
  };
}

const answers = z.object({ auth: z.object({ lease_duration: z.number(), renewable: z.boolean() }) });

/** Milliseconds. */
const SOON = 5000;
const HOUR = 3_600_000;
