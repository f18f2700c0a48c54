import { once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';
import { describe, expect, it } from 'vitest';
import { endless, json, makeCa, serve } from '../../../test/support/marathon/marathon-http.ts';
import { Secret } from '../../lib/secret.ts';
import { askVault } from './vault.ts';

const token = new Secret('s.hidden');
const stop = new AbortController().signal;
const at = (url: string, path = 'x', caFile?: string) => ({ server: { url, token, caFile, namespace: undefined }, path });

async function ask(answer: unknown, status = 200, trusted = true) {
  using ca = await makeCa();
  await using server = await serve(json(answer, status), ca);
  const found = await askVault(at(server.url, 'secret/lb', trusted ? ca.caFile : undefined), stop);
  return { found, asked: server.requests[0] };
}

describe('askVault', () => {
  it.each([
    ['1', { data: { user: 'joe', pass: 'word' } }],
    ['2', { data: { data: { user: 'joe', pass: 'word' }, metadata: { version: 3 } } }],
  ])('reads KV version %s', async (_version, answer) => {
    const { found, asked } = await ask(answer);
    expect([found.user, found.password.reveal()]).toEqual(['joe', 'word']);
    expect([asked?.url, asked?.headers['x-vault-token']]).toEqual(['/v1/secret/lb', 's.hidden']);
  });

  it.each<[string, unknown, number, RegExp]>([
    ['a refusal', { errors: ['permission denied'] }, 403, /answers 403: check VAULT_TOKEN/],
    ['no secret', { errors: [] }, 404, /answers 404: check VAULT_PATH/],
    ['a Vault that is sealed', { errors: ['Vault is sealed'] }, 503, /answers 503: it is sealed, .* check VAULT_HOST/],
    ['another secret', { data: { key: 'x' } }, 200, /no texts `user` and `pass`: check VAULT_PATH/],
  ])('says what to check after %s', async (_what, answer, status, message) => {
    await expect(ask(answer, status)).rejects.toThrow(message);
  });

  it('reads no secret that has no end', async () => {
    await using server = await serve(endless(' '));
    const asked = askVault(at(server.url), stop);
    await expect(asked).rejects.toThrow(/no texts `user` and `pass`/);
  });

  it('trusts no certificate of an unknown CA', async () => {
    await expect(ask({ data: { user: 'joe', pass: 'word' } }, 200, false)).rejects.toThrow(/does not answer \(.*certificate/);
  });

  it('waits no longer when the program is to end', async () => {
    await using server = createServer(() => {}).listen(0, '127.0.0.1');
    await once(server, 'listening');
    const ending = new AbortController();
    const { port } = server.address() as AddressInfo;
    const asked = askVault(at(`https://127.0.0.1:${port}`), ending.signal);
    ending.abort(new Error('the end'));
    await expect(asked).rejects.toThrow(/^the end$/);
  });
});
