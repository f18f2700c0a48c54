import { expect, test } from 'vitest';
import { documentOf } from '../../../test/support/rendering/documents.ts';
import { byName, createDownServers } from './down-servers.ts';
import { HaproxyError } from '../error.ts';

// What 2.6.12 answered.
const ANSWER = `
1
# be_id be_name srv_id srv_name srv_addr srv_op_state srv_admin_state srv_uweight srv_iweight srv_time_since_last_change srv_check_status srv_check_result srv_check_health srv_check_state srv_agent_state bk_f_forced_id srv_f_forced_id srv_fqdn srv_port srvrecord srv_use_ssl srv_check_port srv_check_addr srv_agent_addr srv_agent_port
2 b 1 down 127.0.0.1 0 0 1 1 1 8 2 0 6 0 0 0 - 1 - 0 0 - - 0
2 b 2 unchecked 127.0.0.1 2 0 1 1 1 1 0 2 0 0 0 0 - 2 - 0 0 - - 0
2 b 3 maint 127.0.0.1 0 5 1 1 1 1 0 0 14 0 0 0 - 3 - 0 0 - - 0
2 b 4 up 127.0.0.1 2 0 1 1 1 1 0 2 6 0 0 0 - 4 - 0 0 - - 0
`;
const doc = documentOf([], '/run', 25_000);
const { signal } = new AbortController();

test('servers that checks found down, not those in maintenance or without checks', async () => {
  const asked: unknown[] = [];
  const down = createDownServers(async (address, line) => {
    asked.push([address, line]);
    return ANSWER;
  });
  expect(await down(doc, signal)).toEqual(new Set(['127.0.0.1:1']));
  expect(await createDownServers(async () => ANSWER, byName)(doc, signal)).toEqual(new Set(['b/down']));
  expect(asked).toEqual([[{ kind: 'path', path: '/run/haproxy.sock' }, expect.stringContaining('show servers state')]]);
});

test('none where HAProxy has no socket or does not answer', async () => {
  const silent = createDownServers(async () => {
    throw new HaproxyError('socket-unreachable', 'no', { retryable: true });
  });
  expect(await silent(doc, signal)).toEqual(new Set());
  expect(await createDownServers(async () => ANSWER)({ sections: [], files: [] }, signal)).toEqual(new Set());
});
