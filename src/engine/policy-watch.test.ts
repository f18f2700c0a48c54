import { expect, test } from 'vitest';
import { policyOf } from '../../test/support/rendering/golden.ts';
import { type Logger, silent } from '../log/logger.ts';
import { createPolicyWatch } from './policy-watch.ts';

function watched(rules: readonly object[]) {
  let text: string | Error = '';
  let minute = 0;
  const lines: string[] = [];
  const note = (line: string): void => void lines.push(line);
  const log: Logger = { ...silent, info: note, warn: note, error: note };
  const watch = createPolicyWatch(
    { policy: policyOf({ rules }) },
    {
      log,
      now: () => new Date(Date.UTC(2026, 0, 1, 0, minute)),
      readFile: () => {
        if (typeof text !== 'string') throw text;
        return text;
      },
    },
  );
  return {
    watch,
    lines,
    read: async (next: string | Error): Promise<void> => {
      text = next;
      minute += 1;
      await watch.readAgain();
    },
  };
}

const at = (minute: number): string => `2026-01-01T00:0${minute}:00.000Z`;
const prefixes = ({ current }: ReturnType<typeof watched>['watch']): readonly string[] => [...(current?.rules.keys() ?? [])];

test('a file that cannot be used changes nothing, and is in the log and the status until it can be', async () => {
  const { watch, lines, read } = watched([{ prefix: '/a' }]);
  expect(watch.status()).toEqual({ file: '/golden/policy.json', rules: 1, since: at(0) });
  const before = watch.current;
  await read('{"rules": [{"prefix": "b"}]}');
  expect(watch.current).toBe(before);
  const detail =
    '/golden/policy.json: rules[0].prefix is "b", it must be an app id such as "/team-a", or "/" for all apps (docs/reference/policy.md)';
  expect(watch.status()).toMatchObject({ rules: 1, since: at(0), fault: { detail, since: at(1) } });
  expect(lines).toEqual([`cannot use the policy, the one of ${at(0)} stays: ${detail} (--policy)`]);
  // The same mistake is as old as it was.
  await read('{"rules": [{"prefix": "b"}]}');
  expect(watch.status()?.fault?.since).toBe(at(1));
  await read(new Error('ENOENT: no such file'));
  expect(watch.current).toBe(before);
  expect(watch.status()?.fault).toEqual({ detail: 'cannot read /golden/policy.json: ENOENT: no such file', since: at(3) });
  await read('{"rules": [{"prefix": "/b"}, {"prefix": "/c"}]}');
  expect(prefixes(watch)).toEqual(['/b', '/c']);
  expect(watch.status()).toEqual({ file: '/golden/policy.json', rules: 2, since: at(4) });
  expect(lines.at(-1)).toBe('read the policy /golden/policy.json: 2 rules (--policy)');
});

test('rules that raw templates can go around are a warning, at the start and after each read', async () => {
  const { lines, read } = watched([{ prefix: '/a', hosts: [] }]);
  expect(lines).toEqual([expect.stringContaining('limits for /a:')]);
  await read('{"rules": [{"prefix": "/b", "ports": []}]}');
  expect(lines.at(-1)).toContain('limits for /b:');
  await read('{"rules": [{"prefix": "/b", "ports": [], "rawTemplates": "off"}]}');
  expect(lines.at(-1)).toMatch(/^read the policy/);
});

test('without a policy nothing is read', async () => {
  const watch = createPolicyWatch({}, { log: silent, now: () => new Date(0), readFile: () => expect.fail('a file is read') });
  await watch.readAgain();
  expect([watch.current, watch.status()]).toEqual([undefined, undefined]);
});
