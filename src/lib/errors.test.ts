import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { HaproxyError } from '../haproxy/error.ts';
import { hasCode, systemCode } from './errors.ts';

function thrownBy(act: () => unknown): unknown {
  try {
    act();
  } catch (error) {
    return error;
  }
  throw new Error('nothing was thrown');
}

it.each([
  ['of the system', thrownBy(() => readFileSync('/nowhere')), 'ENOENT', true],
  ['of Node', thrownBy(() => new URL('no URL')), 'ERR_INVALID_URL', true],
  ['of our own', new HaproxyError('haproxy-missing', 'no HAProxy', { retryable: true }), undefined, true],
  ['that was aborted', thrownBy(() => AbortSignal.abort().throwIfAborted()), undefined, true],
  ['without a code', new RangeError('x'), undefined, false],
  ['that is none', { code: 'ENOENT' }, undefined, false],
])('the code of an error %s', (_, error, code, coded) => {
  expect([systemCode(error), hasCode(error)]).toEqual([code, coded]);
});
