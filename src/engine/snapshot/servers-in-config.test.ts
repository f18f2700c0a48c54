import { expect, it } from 'vitest';
import { serversInConfig } from './servers-in-config.ts';

it('finds tasks, not what templates and the program itself have', () => {
  const config = `backend marathon_lb_admin
  server admin 127.0.0.1:4711
backend marathon_https_shop
  server loopback-for-tls abns@shop send-proxy-v2
backend shop_10000
  server sorry 10.0.0.9:80 backup
  server agent_10_0_0_1_31000 10.0.0.1:31000 check inter 2s disabled
  # server 10_0_0_1_31009 10.0.0.1:31009
\tserver 10_0_0_2_31001 10.0.0.2:31001
  server ____1_31002 [::1]:31002
`;
  const servers = [
    { ip: '10.0.0.1', port: 31_000 },
    { ip: '10.0.0.2', port: 31_001 },
    { ip: '::1', port: 31_002 },
  ];
  expect(serversInConfig(config)).toEqual([{ servers: servers.map((each) => expect.objectContaining(each)) }]);
});

it.each([undefined, '', 'backend x\n  mode http\n'])('finds nothing in %j', (config) => {
  expect(serversInConfig(config)).toEqual([]);
});
