import { expect, it } from 'vitest';
import { Secret } from '../../lib/secret.ts';
import type { VaultAnswer } from '../../lib/vault-requests.ts';
import { createTokenRenewal } from './vault-token.ts';

const HOUR = 3600;

/** Returns the seconds at which a token is renewed if there is a request every second, and the answers are these, the last one again and again. */
async function renewals(answers: readonly (Partial<VaultAnswer> | Error)[], seconds = 2 * HOUR): Promise<readonly number[]> {
  const at: number[] = [];
  let now = 0;
  const send = async (): Promise<VaultAnswer> => {
    const answer = answers[Math.min(at.length, answers.length - 1)] as Partial<VaultAnswer> | Error;
    at.push(now / 1000);
    if (answer instanceof Error) throw answer;
    return { status: 200, body: undefined, isTooLarge: false, ...answer };
  };
  const renew = createTokenRenewal({ send, token: async () => new Secret('hvs.x') }, () => now);
  for (; now < seconds * 1000; now += 1000) await renew();
  return at;
}

const lasting = (lease_duration: number, renewable = true) => ({ body: { auth: { lease_duration, renewable } } });

it.each<[string, readonly (Partial<VaultAnswer> | Error)[], readonly number[]]>([
  ['half of its time before it ends', [lasting(3600)], [0, 1800, 3600, 5400]],
  ['every hour if it lasts for days', [lasting(1_000_000)], [0, HOUR]],
  ['an hour later if it cannot be renewed', [{ status: 400 }], [0, HOUR]],
  ['an hour later if Vault says that it cannot be renewed', [lasting(3600, false)], [0, HOUR]],
  ['an hour later if that is forbidden twice', [{ status: 403 }], [0, 5, HOUR + 5]],
  ['soon if it was forbidden once', [{ status: 403 }, lasting(1_000_000)], [0, 5, HOUR + 5]],
  ['soon if Vault is overloaded', [{ status: 429 }, { status: 429 }, lasting(1_000_000)], [0, 5, 10, HOUR + 10]],
  ['soon if Vault fails', [{ status: 503 }, { status: 500 }, lasting(1_000_000)], [0, 5, 10, HOUR + 10]],
  ['soon if there is no answer', [new Error('away'), lasting(1_000_000)], [0, 5, HOUR + 5]],
])('is renewed %s', async (_when, answers, at) => {
  expect(await renewals(answers)).toEqual(at);
});

it('that is another than before is renewed at once', async () => {
  let token = 'hvs.one';
  const sent: string[] = [];
  const requests = {
    token: async () => new Secret(token),
    send: async () => {
      sent.push(token);
      return { status: 400, body: undefined, isTooLarge: false };
    },
  };
  const renew = createTokenRenewal(requests, () => 0);
  await renew();
  await renew();
  token = 'hvs.two';
  await renew();
  expect(sent).toEqual(['hvs.one', 'hvs.two']);
});
