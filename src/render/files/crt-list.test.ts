import { expect, test } from 'vitest';
import { CRT_LIST, CRT_LIST_KIND } from './crt-list.ts';

test('a list is read as it was printed, and nothing else is one', () => {
  const list = {
    kind: 'crt-list',
    name: CRT_LIST,
    entries: [{ path: '/a.pem' }, { path: '/b.pem', hosts: ['b.test'] }],
  } as const;
  expect(CRT_LIST_KIND.read(CRT_LIST, CRT_LIST_KIND.print(list))).toEqual(list);
  expect(CRT_LIST_KIND.read(CRT_LIST, '')).toBeUndefined();
  expect(CRT_LIST_KIND.read(CRT_LIST, '# by hand\n/a.pem\n')).toBeUndefined();
});
