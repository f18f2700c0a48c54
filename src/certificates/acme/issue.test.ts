import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import type { AcmeClient } from './client.ts';
import type { DnsHook } from './dns-hook.ts';
import { createFolderStore } from '../shared/folder-store.ts';
import { issue, type IssueTools } from './issue.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'mlb-issue-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const url = 'https://ca.test/order/1';

/** A server whose checks are for a host `checked`, and which has come to an end with the second look. */
function toolsFor(checked: string, calls: string[]): IssueTools {
  const challenge = { type: 'dns-01', status: 'pending', url: 'c', token: 't' };
  const authorization = { url: 'a', status: 'pending', identifier: { type: 'dns', value: checked }, challenges: [challenge] };
  let isChecked = false;
  const client = {
    order: async () => ({ url, status: 'pending' }),
    orderAt: async () => ({ url, status: 'invalid', error: { type: 'urn:ietf:params:acme:error:dns', detail: 'the end' } }),
    authorizations: async () => [isChecked ? { ...authorization, status: 'valid' } : authorization],
    recordOf: async () => 'record',
    complete: async () => void (isChecked = true),
  } as unknown as AcmeClient;
  const hook: DnsHook = {
    add: async (name, value) => void calls.push(`add ${name} ${value}`),
    remove: async (name, value) => void calls.push(`remove ${name} ${value}`),
  };
  const store = createFolderStore(folder, { holder: 'a', lease: 60_000, clock: () => 0 });
  return {
    directory: 'https://ca.test/dir',
    client,
    store,
    hook,
    keyType: 'ec',
    log: { warn: () => {} },
    signal: new AbortController().signal,
  };
}

it('has the hook set records of the host that is ordered, and of no other that the server names', async () => {
  const calls: string[] = [];
  await expect(issue('*.example.com', undefined, toolsFor('example.com', calls))).rejects.toThrow('the end');
  expect(calls).toEqual(['add _acme-challenge.example.com record', 'remove _acme-challenge.example.com record']);
  const others: string[] = [];
  await expect(issue('*.example.com', undefined, toolsFor('bank.test', others))).rejects.toMatchObject({
    kind: 'order',
    message: 'the server wants to check another host: bank.test',
  });
  expect(others).toEqual([]);
});

it('goes on with an order that was begun at the same server only', async () => {
  const tools = toolsFor('shop.example.com', []);
  const looked: string[] = [];
  const begin = async (directory: string | undefined) => {
    await tools.store.write(
      'acme/order_shop.example.com.json',
      JSON.stringify({ directory, url: 'https://old.test/1', key: 'k' }),
    );
    const orderAt = async (at: string) => {
      looked.push(at);
      return tools.client.orderAt(at);
    };
    await issue('shop.example.com', undefined, { ...tools, client: { ...tools.client, orderAt } }).catch(() => {});
  };
  await begin('https://other.test/dir');
  await begin(undefined);
  expect(looked).not.toContain('https://old.test/1');
  await begin(tools.directory);
  expect(looked).toContain('https://old.test/1');
});
