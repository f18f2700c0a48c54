/** One order, from its begin or from where another program left it, to the certificate in the store. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Order } from 'acme-client';
import { messageOf } from '../../lib/errors.ts';
import { Secret } from '../../lib/secret.ts';
import type { Logger } from '../../log/logger.ts';
import { newKey } from './account.ts';
import type { AcmeClient, Challenge } from './client.ts';
import type { DnsHook } from './dns-hook.ts';
import { certificateFile, orderFile } from '../shared/documents.ts';
import { AcmeError, problemError, shown } from './error.ts';
import { checkIssued } from './orders/issued.ts';
import { readIfUsable, type SharedStore } from '../shared/shared-store.ts';

export interface IssueTools {
  /** Of the server: an order of another one is not gone on with. */
  readonly directory: string;
  readonly client: AcmeClient;
  readonly store: SharedStore;
  readonly hook: DnsHook | undefined;
  readonly keyType: 'ec' | 'rsa';
  readonly log: Pick<Logger, 'warn'>;
  readonly signal: AbortSignal;
}

/**
 * Orders a certificate for a host, and writes it to the store with its key. An order that was begun before goes on: its address and key are in the
 * store, so that no certificate that was issued is lost. `replaces`: the certificate that it renews, as the server calls it. Throws an
 * `AcmeError`, the error of the store, or the signal's reason.
 */
export async function issue(host: string, replaces: string | undefined, tools: IssueTools): Promise<void> {
  const { client, store } = tools;
  const begun = (await unfinished(host, tools)) ?? (await begin(host, replaces, tools));
  try {
    let { order } = begun;
    if (order.status === 'pending') {
      await authorize(order, host, tools);
      order = await settled(order, tools, 'pending');
    }
    if (order.status === 'ready') {
      await client.finalize(order, host, begun.key);
      order = await settled(order, tools, 'ready', 'processing');
    }
    if (order.status === 'processing') order = await settled(order, tools, 'processing');
    if (order.status !== 'valid') {
      throw problemError(order.error) ?? new AcmeError('order', `the order is ${order.status}`);
    }
    const pem = `${(await client.certificate(order)).trim()}\n${begun.key.reveal().trim()}\n`;
    checkIssued(pem, host);
    await store.write(certificateFile(host), pem);
  } catch (error) {
    // Another one would end in the same way; what the server or the store could not do goes on later.
    if (error instanceof AcmeError && error.kind === 'order') await store.remove(orderFile(host));
    throw error;
  }
  await store.remove(orderFile(host));
}

interface Begun {
  readonly order: Order;
  readonly key: Secret;
}

async function begin(
  host: string,
  replaces: string | undefined,
  { client, directory, store, keyType }: IssueTools,
): Promise<Begun> {
  const key = newKey(keyType);
  const order = await client.order(host, replaces);
  await store.write(orderFile(host), JSON.stringify({ directory, url: order.url, key }));
  return { order, key: new Secret(key) };
}

/** Returns the order that was begun before and can go on. */
async function unfinished(host: string, { client, directory, store }: IssueTools): Promise<Begun | undefined> {
  const text = await readIfUsable(store, orderFile(host));
  if (text === undefined) return undefined;
  try {
    const begun = JSON.parse(text) as { readonly directory?: string; readonly url: string; readonly key: string } | null;
    if (begun?.directory !== directory) return undefined;
    const order = await client.orderAt(begun.url);
    return order.status === 'invalid' ? undefined : { order, key: new Secret(begun.key) };
  } catch (error) {
    if (error instanceof SyntaxError || (error instanceof AcmeError && error.kind === 'order')) return undefined;
    throw error;
  }
}

/** Has the server check that the host is ours. */
async function authorize(order: Order, host: string, tools: IssueTools): Promise<void> {
  const { client, hook, signal, log } = tools;
  const domain = host.replace(/^\*\./, '');
  for (const authorization of await client.authorizations(order)) {
    const { value: other } = authorization.identifier;
    if (other !== domain) throw new AcmeError('order', `the server wants to check another host: ${shown(other, 100)}`);
    if (authorization.status === 'valid') continue;
    const challenge = chosen(authorization.challenges, tools);
    if (challenge.type === 'http-01') {
      await checked(authorization.url, order, challenge, tools);
      continue;
    }
    const name = `_acme-challenge.${domain}`;
    const value = await client.recordOf(challenge);
    await hook?.add(name, value, signal);
    try {
      await checked(authorization.url, order, challenge, tools);
    } finally {
      // The record is of no use any more, but does no harm either.
      await hook?.remove(name, value, AbortSignal.timeout(HOOK_PATIENCE)).catch((error: unknown) => {
        log.warn(`the record ${name} is left in the DNS: ${messageOf(error)}`);
      });
    }
  }
}

const HOOK_PATIENCE = 60_000;

/** A wildcard is checked by DNS-01 only, which the server says by offering nothing else. */
function chosen(challenges: readonly Challenge[], { hook }: IssueTools): Challenge {
  const of = (type: Challenge['type']): Challenge | undefined => challenges.find((each) => each.type === type);
  const challenge = of('http-01') ?? (hook === undefined ? undefined : of('dns-01'));
  if (challenge !== undefined) return challenge;
  const offered = challenges.map(({ type }) => type).join(', ') || 'no check';
  throw new AcmeError(
    'order',
    `the server offers ${offered}, of which this load balancer can do none${hook === undefined ? ' without --acme-dns-hook' : ''}`,
  );
}

async function checked(url: string, order: Order, challenge: Challenge, { client, signal }: IssueTools): Promise<void> {
  if (challenge.status === 'pending') await client.complete(challenge);
  for (const pause of pauses()) {
    const found = (await client.authorizations({ ...order, authorizations: [url] }))[0];
    if (found?.status === 'valid') return;
    if (found?.status !== 'pending') {
      const failed = found?.challenges.find(({ status }) => status === 'invalid');
      throw problemError(failed?.error) ?? new AcmeError('order', `the check of the host is ${found?.status ?? 'gone'}`);
    }
    await sleep(pause, undefined, { signal });
  }
  throw new AcmeError('order', `the server did not come to an end with its check of the host (${challenge.type})`);
}

/** Waits until an order is in none of these states any more. */
async function settled(order: Order, { client, signal }: IssueTools, ...states: readonly Order['status'][]): Promise<Order> {
  for (const pause of pauses()) {
    const found = await client.orderAt(order.url);
    if (!states.includes(found.status)) return found;
    await sleep(pause, undefined, { signal });
  }
  throw new AcmeError('server', `an order did not come to an end: it is ${states.join(' or ')}`);
}

/** Milliseconds between two looks: five minutes in all. */
function* pauses(): Generator<number> {
  for (let pause = 500, all = 0; all < 300_000; pause = Math.min(pause * 1.5, 5000)) {
    all += pause;
    yield pause;
  }
}
