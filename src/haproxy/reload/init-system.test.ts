import { expect, test } from 'vitest';
import { findInitReload } from './init-system.ts';

const machine = (paths: string[], programs: string[] = []) => ({
  exists: async (path: string) => paths.includes(path),
  succeeds: async (program: string, args: readonly string[]) => programs.includes([program, ...args].join(' ')),
});

test.each([
  [['/etc/init/haproxy.conf', '/etc/init.d/haproxy'], ['initctl status haproxy'], 'reload haproxy'],
  [['/run/systemd/system', '/etc/init.d/haproxy'], ['systemctl cat haproxy.service'], 'systemctl reload haproxy'],
  [['/etc/init.d/haproxy'], ['systemctl cat haproxy.service'], '/etc/init.d/haproxy reload'],
  [['/etc/init/haproxy.conf', '/run/systemd/system', '/etc/init.d/haproxy'], [], '/etc/init.d/haproxy reload'],
  [['/run/systemd/system'], [], undefined],
])('%j %j → %s', async (paths, programs, words) => {
  expect((await findInitReload(machine(paths, programs)))?.words.join(' ')).toBe(words);
});
