import { expect, it } from 'vitest';
import { MarathonError, MarathonUnreachable } from './error.ts';

it('names each endpoint once, and does not call one that answers out of reach', () => {
  const refused = { url: 'http://a', error: new MarathonError('unauthorized', 'http://a/v2/apps answers 401') };
  const other = { url: 'http://b', error: new MarathonError('unexpected-answer', 'there is no array "apps"') };
  expect(new MarathonUnreachable([refused]).message).toBe('Marathon gives no usable answer: http://a/v2/apps answers 401');
  expect(new MarathonUnreachable([refused, other]).message).toBe(
    'no Marathon endpoint gives a usable answer: http://a/v2/apps answers 401; http://b: there is no array "apps"',
  );
});
