import { expect, it } from 'vitest';
import type { HaproxyAnswer } from './ask-version.ts';
import { haproxyAtHand } from './installed.ts';
import { parseHaproxyVersion } from './version.ts';
import { HaproxyUnfit, UsageError } from '../usage-error.ts';

const needed = { 'haproxy-version': undefined, dry: false, check: false, 'skip-validation': false };
const missing: HaproxyAnswer = { kind: 'missing', why: 'there is no program haproxy in the PATH' };
const unclear: HaproxyAnswer = { kind: 'unclear', why: '/x -v prints no version' };

function says(text: string): HaproxyAnswer {
  return { kind: 'version', version: parseHaproxyVersion(text)! };
}

function atHand(answer: HaproxyAnswer, change: Partial<Parameters<typeof haproxyAtHand>[0]> = {}) {
  let asked = 0;
  const found = haproxyAtHand({ ...needed, ...change }, 'haproxy', {
    askHaproxy: () => {
      asked += 1;
      return answer;
    },
  });
  return { version: found.version?.text, isGiven: found.isGiven, asked };
}

it.each([
  ['3.4.7', says('3.4.7'), {}, { version: '3.4.7', isGiven: false, asked: 1 }],
  ['2.6', says('2.6.0'), {}, { version: '2.6.0', isGiven: false, asked: 1 }],
  ['what is given, without asking', says('2.6.12'), { 'haproxy-version': '3.4' }, { version: '3.4', isGiven: true, asked: 0 }],
  ['--dry with HAProxy', says('3.2.1'), { dry: true }, { version: '3.2.1', isGiven: false, asked: 1 }],
  ['--dry without', missing, { dry: true }, { version: undefined, isGiven: false, asked: 1 }],
  ['--dry with an old one', says('2.2.9'), { dry: true }, { version: undefined, isGiven: false, asked: 1 }],
  ['--skip-validation without', missing, { 'skip-validation': true }, { version: undefined, isGiven: false, asked: 1 }],
] as const)('takes %s', (_, answer, change, expected) => {
  expect(atHand(answer, change)).toEqual(expected);
});

it('needs HAProxy for --dry --check', () => {
  expect(() => atHand(missing, { dry: true, check: true })).toThrow(HaproxyUnfit);
});

it.each([
  [says('2.2.9-2+deb11u6'), /^HAProxy 2\.2\.9-2\+deb11u6 is too old: 2\.6 or later is needed$/],
  [says('1.8.27'), /^HAProxy 1\.8\.27 is too old: 2\.6 or later is needed$/],
  [says('2.5.9'), /too old/],
  [missing, /^there is no program haproxy in the PATH: install HAProxy 2\.6 or later/],
  [unclear, /^\/x -v prints no version: HAProxy 2\.6 or later is needed; say which it is with --haproxy-version$/],
])('refuses %o', (answer, message) => {
  expect(() => atHand(answer)).toThrow(HaproxyUnfit);
  expect(() => atHand(answer)).toThrow(message);
});

it.each(['2.4', '1.8'])('refuses --haproxy-version %s', (given) => {
  expect(() => atHand(missing, { 'haproxy-version': given, dry: true })).toThrow(`HAProxy ${given} is too old`);
});

it.each(['three', '3', '3.x', '3.4 x', 'v3.4'])('does not understand --haproxy-version %j', (given) => {
  expect(() => atHand(missing, { 'haproxy-version': given })).toThrow(UsageError);
  expect(() => atHand(missing, { 'haproxy-version': given })).toThrow('is no version such as 3.4');
});
