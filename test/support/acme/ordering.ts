import { connect } from 'node:tls';
import { expect } from 'vitest';
import { HAPROXIES } from '../haproxy/haproxies.ts';
import type { Disposables } from '../program/disposables.ts';
import { startStack, type Stack, type StackOptions } from '../program/stack.ts';
import type { Pebble } from './pebble.ts';

/** Milliseconds that orders may take. */
export const PATIENCE = 90_000;

export function acmeArgs({ directory, ca }: Pebble): readonly string[] {
  return ['--acme-domains', '*.example.com', '--acme-directory', directory, '--acme-ca', ca];
}

export interface OrderingOptions extends Pick<StackOptions, 'env'> {
  readonly apps: StackOptions['apps'];
  readonly pebble: Pebble;
  readonly count: number;
  /** The store that they share, and more. */
  readonly args: readonly string[];
}

/** Starts load balancers of one Marathon that order certificates for all hosts, each with a HAProxy of its own version. */
export async function startOrdering(
  { apps, env = {}, pebble, count, args }: OrderingOptions,
  resources: Disposables,
): Promise<readonly Stack[]> {
  const stacks: Stack[] = [];
  while (stacks.length < count) {
    const [first] = stacks;
    const own = first === undefined ? { apps } : {};
    const marathon = first === undefined ? [] : ['--marathon', first.sim.url];
    const haproxy = HAPROXIES[(stacks.length * (HAPROXIES.length - 1)) % HAPROXIES.length] ?? '';
    const stack = await startStack({
      ...own,
      env,
      haproxy,
      args: ({ ports }) => {
        if (first === undefined) pebble.targets.push(ports.http);
        return [...marathon, ...acmeArgs(pebble), '--acme', 'all', ...args];
      },
    } as StackOptions);
    stacks.push(resources.use(stack));
    await expect
      .poll(() => stack.get('/.well-known/acme-challenge/any', { host: 'a.example.com' }).catch(String), { timeout: PATIENCE })
      .toMatchObject({ status: 200, text: expect.stringMatching(/^any[.][\w-]{43}$/) });
    if (first !== undefined) pebble.targets.push(stack.ports.http);
  }
  return stacks;
}

/** Returns whether a client that trusts the CA trusts what is served for a host. */
export function isTrusted({ ports }: Stack, host: string, ca: string): Promise<boolean> {
  return new Promise((resolve, reject) => {
    const socket = connect({ host: '127.0.0.1', port: ports.https, servername: host, ca, rejectUnauthorized: false }, () => {
      resolve(socket.authorized);
      socket.destroy();
    });
    socket.once('error', reject);
  });
}

export async function expectTrusted(stacks: readonly Stack[], hosts: readonly string[], pebble: Pebble): Promise<void> {
  const ca = await pebble.root();
  for (const stack of stacks) {
    await expect
      .poll(async () => (await Promise.all(hosts.map((host) => isTrusted(stack, host, ca)))).filter((each) => !each), {
        timeout: PATIENCE,
      })
      .toEqual([]);
  }
}

/** Returns how many certificates pebble has issued. */
export function issuedBy(pebble: Pebble): number {
  return pebble.log().match(/Issued certificate serial/g)?.length ?? 0;
}
