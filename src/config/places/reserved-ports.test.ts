import { expect, it } from 'vitest';
import { settingsOf } from '../../../test/support/rendering/golden.ts';

function reserved(args: string, env: Record<string, string> = {}): readonly string[] {
  const { model } = settingsOf({ args: ['--group', 'x', ...args.split(' ').filter(Boolean)], env, head: 'default' });
  return (model.frontends?.reserved ?? []).map(({ address, port, option }) => `${option} ${address}:${port}`);
}

it('is what the default templates bind', () => {
  expect(reserved('')).toEqual(['--http-port *:80', '--https-port *:443', '--appid-port *:9091', '--stats-port *:9090']);
  expect(reserved('--dont-bind-http-https')).toEqual(['--appid-port *:9091', '--stats-port *:9090']);
  expect(reserved('--dont-bind-http-https --admin-listen unix:/run/x')).toEqual(['--appid-port *:9091', '--stats-port *:9090']);
  expect(reserved('--admin-listen 127.0.0.1:9092')).toContain('--admin-listen 127.0.0.1:9092');
  expect(reserved('--admin-listen [::1]:99')).toContain('--admin-listen [::1]:99');
  expect(reserved('--bind-address 10.0.0.1 --http-port 8080')).toContain('--http-port 10.0.0.1:8080');
});

it('is not what the operator’s templates bind', () => {
  const env = { HAPROXY_HTTPS_FRONTEND_HEAD: 'frontend x\n', HAPROXY_HEAD: 'global\n  stats socket x expose-fd listeners\n' };
  expect(reserved('', env)).toEqual(['--http-port *:80', '--appid-port *:9091']);
  expect(reserved('--group-https-by-vhost', env)).toContain('--https-port *:443');
});
