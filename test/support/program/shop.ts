/** The app that most tests of `marathon-lb run` serve, and heads of the configuration as operators write them. */
import { expect } from 'vitest';
import { app } from '../marathon/apps.ts';
import type { Container, ContainerPorts } from './container.ts';

export function shopApps({ service }: ContainerPorts): object[] {
  return [app('/shop', service[0]!, { HAPROXY_0_VHOST: 'shop.test' })];
}

export async function expectShopServed(container: Pick<Container, 'get'>): Promise<void> {
  expect(await container.get('/', { host: 'shop.test' })).toMatchObject({ status: 200, app: '/shop' });
}

/** A head of an operator's own; `global` and `defaults`: more lines of these sections. */
export function operatorHead(
  { stats }: Pick<ContainerPorts, 'stats'>,
  { global, defaults = [] }: { readonly global: readonly string[]; readonly defaults?: readonly string[] },
): string {
  return [
    'global',
    '  maxconn 1000',
    ...global,
    'defaults',
    ...defaults,
    '  timeout connect 3s',
    '  timeout client 30s',
    '  timeout server 30s',
    'listen stats',
    `  bind *:${stats}`,
    '  mode http',
    '  monitor-uri /_haproxy_health_check',
    '',
  ].join('\n');
}
