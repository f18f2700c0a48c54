import { expect, test } from 'vitest';
import { silent } from '../../log/logger.ts';
import { createOutputLogger } from './master.ts';

test('tells alerts as errors, the end of the proxies of a worker in one line, and a missing log once', async () => {
  const told: [string, string][] = [];
  const add = (level: string) => (text: string) => told.push([level, text]);
  const logLine = createOutputLogger({
    ...silent,
    error: add('error'),
    warn: add('warn'),
    info: add('info'),
    debug: add('debug'),
  });
  const missing = '[ALERT]    (7) : sendmsg()/writev() failed in logger #1: No such file or directory (errno=2)';
  for (const line of [
    '[ALERT]    (7) : config : Fatal errors found in configuration.',
    '[WARNING]  (7) : Proxy shop_10001 stopped (cumulated conns: FE: 0, BE: 1).',
    '[WARNING]  (7) : CLI : Proxy shop_10002 stopped (cumulated conns: FE: 0, BE: 1).',
    "[NOTICE]   (7) : CLI : 'server a/b' : New server registered.",
    '[WARNING]  (7) : Server a/b is going DOWN for maintenance. 1 active and 0 backup servers left.',
    '[WARNING]  (7) : Former worker (6) exited with code 0 (Exit)',
    missing,
    missing,
  ]) {
    logLine(line);
  }
  expect(told).toEqual([
    ['error', 'HAProxy: [ALERT]    (7) : config : Fatal errors found in configuration.'],
    ['debug', "HAProxy: [NOTICE]   (7) : CLI : 'server a/b' : New server registered."],
    ['debug', 'HAProxy: [WARNING]  (7) : Server a/b is going DOWN for maintenance. 1 active and 0 backup servers left.'],
    ['info', 'HAProxy: [WARNING]  (7) : Former worker (6) exited with code 0 (Exit)'],
    ['warn', 'HAProxy cannot deliver its own log: No such file or directory (errno=2). HAPROXY_SYSLOGD=true brings it to stdout'],
  ]);
  await expect.poll(() => told.at(-1)).toEqual(['info', 'HAProxy: worker 7 takes no new connections: 2 of its proxies stopped']);
});
