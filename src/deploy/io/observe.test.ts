import { expect, it } from 'vitest';
import { createObserver } from './observe.ts';

const signal = new AbortController().signal;

/** What is seen of the group `/shop` where Marathon gives these apps. */
async function appsSeen(apps: readonly object[]): Promise<readonly string[]> {
  const observer = createObserver('/shop', {
    client: { leader: undefined, getJson: async () => ({ apps }) },
    balancers: { look: async () => [], [Symbol.asyncDispose]: async () => {} },
    now: () => 0,
  });
  const seen = await observer.look(signal);
  return seen.apps.map(({ app }) => app.id);
}

const app = (id: string, tasks: unknown, group = 'shop') => ({ id, labels: { HAPROXY_DEPLOYMENT_GROUP: group }, tasks });

it('sees the apps of its group', async () => {
  expect(await appsSeen([app('/shop-blue', [{ id: 't' }]), app('/other', [], 'other')])).toEqual(['/shop-blue']);
});

const DEEP = JSON.parse('['.repeat(20_000) + ']'.repeat(20_000)) as unknown;

/** Node 26 writes JSON of any depth. */
const isTooDeep = ((): boolean => {
  try {
    return JSON.stringify(DEEP) === '';
  } catch {
    return true;
  }
})();

it.each<[string, object, RegExp]>([
  ['an app that cannot be read', app('/shop-blue', 'none'), /\/shop-blue: .*tasks/],
  [
    'a task that cannot be read',
    app('/shop-blue', [{ id: 't' }, { id: 'u', ports: ['80'] }]),
    /\/shop-blue: task u cannot be read/,
  ],
  [
    'an app with other labels that cannot be read',
    { ...app('/x', []), labels: { HAPROXY_DEPLOYMENT_GROUP: ['shop'] } },
    /\/x: .*labels/,
  ],
  ...(isTooDeep
    ? ([
        ['an app that nests too deep', { ...app('/shop-blue', []), x: DEEP }, /too deep/],
        ['labels that nest too deep', { ...app('/shop-blue', []), labels: { HAPROXY_0_X: DEEP } }, /\/shop-blue: .*labels/],
      ] satisfies [string, object, RegExp][])
    : []),
])('takes %s of its group for nothing that is gone', async (_, broken, message) => {
  await expect(appsSeen([broken])).rejects.toThrow(message);
});

it.each([app('/x', 'none', 'other'), app('/x', 'none', 'shop-two'), app('/x', [{ ports: 80 }], 'other')])(
  'minds none of another group: %j',
  async (broken) => {
    expect(await appsSeen([broken])).toEqual([]);
  },
);
