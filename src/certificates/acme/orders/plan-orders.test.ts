import { describe, expect, it } from 'vitest';
import { type OrderSituation, planOrders, renewalOf, retryOf } from './plan-orders.ts';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
const now = Date.parse('2026-11-27T12:00:00Z');

const wish = (host: string, app = '/shop') => ({ host, app, index: 0 });
const ends = (days: number) => ({ starts: now - 80 * DAY, ends: now + days * DAY });
const plan = (change: Partial<OrderSituation>) =>
  planOrders({
    wishes: [wish('shop.example.com')],
    domains: ['*.example.com'],
    hasDnsHook: false,
    issued: new Map(),
    failures: new Map(),
    begun: [],
    now,
    ...change,
  });
const due = (change: Partial<OrderSituation>) => plan(change).due.map(({ host }) => host);

describe('what may be ordered', () => {
  it('is in the allow-list', () => {
    const wishes = ['shop.example.com', 'a.b.example.com', 'example.com', 'evilexample.com', 'other.org'].map((host) =>
      wish(host),
    );
    const { due, refused } = plan({ wishes });
    expect(due.map(({ host }) => host)).toEqual(['shop.example.com', 'a.b.example.com']);
    expect(refused.map(({ host, why }) => [host, why])).toEqual([
      ['example.com', 'domains'],
      ['evilexample.com', 'domains'],
      ['other.org', 'domains'],
    ]);
    expect(plan({ domains: [] }).refused).toEqual([{ ...wish('shop.example.com'), why: 'domains' }]);
  });

  it('is a name that a public server issues for, whatever the allow-list has', () => {
    const names = [
      'localhost',
      '10.0.0.1',
      '[::1]',
      'a_b.example.com',
      '-a.example.com',
      '~^x[.]example[.]com$',
      '*',
      'a..example.com',
    ];
    const { due, refused } = plan({ wishes: names.map((host) => wish(host)), domains: ['*'] });
    expect(due).toEqual([]);
    expect(new Set(refused.map(({ why }) => why))).toEqual(new Set(['name']));
    expect(refused).toHaveLength(names.length);
  });

  it('has a name that a file can have', () => {
    const fits = `${['a', 'b', 'c'].map((letter) => letter.repeat(50)).join('.')}.${'d'.repeat(43)}.com`;
    const tooLong = `a${fits}`;
    expect([fits.length, tooLong.length]).toEqual([200, 201]);
    const { due, refused } = plan({ wishes: [wish(fits), wish(tooLong)], domains: ['*'] });
    expect(due).toEqual([wish(fits)]);
    expect(refused).toEqual([{ ...wish(tooLong), why: 'length' }]);
  });

  it('is a wildcard only with a hook for DNS-01', () => {
    const wishes = [wish('*.example.com')];
    expect(plan({ wishes }).refused).toEqual([{ ...wishes[0], why: 'wildcard' }]);
    expect(due({ wishes, hasDnsHook: true })).toEqual(['*.example.com']);
    expect(plan({ wishes, hasDnsHook: true, domains: ['shop.example.com'] }).refused).toEqual([{ ...wishes[0], why: 'domains' }]);
  });
});

describe('when something is ordered', () => {
  it('is at once without a certificate, once for each host', () => {
    expect(plan({ wishes: [wish('shop.example.com', '/a'), wish('shop.example.com', '/b')] })).toEqual({
      due: [wish('shop.example.com', '/a')],
      refused: [],
      next: undefined,
      isLimited: false,
    });
  });

  it('is at two thirds of the lifetime', () => {
    const issued = (starts: number) => new Map([['shop.example.com', { starts, ends: starts + 90 * DAY }]]);
    expect(due({ issued: issued(now - 60 * DAY) })).toEqual(['shop.example.com']);
    expect(plan({ issued: issued(now - 60 * DAY + 1) })).toMatchObject({ due: [], next: now + 1 });
  });

  it('is when the server says so, earlier or later, but not after the end', () => {
    const fresh = { starts: now - DAY, ends: now + 89 * DAY };
    const issued = (renewAt: number) => new Map([['shop.example.com', { ...fresh, renewAt }]]);
    expect(due({ issued: issued(now) })).toEqual(['shop.example.com']);
    expect(plan({ issued: issued(now + 80 * DAY) }).next).toBe(now + 80 * DAY);
    expect(renewalOf({ ...fresh, renewAt: fresh.ends + DAY })).toBe(fresh.ends);
  });

  it('is later after each failure', () => {
    const waits = [1, 2, 3, 4, 5, 6, 7, 50].map((count) => retryOf({ count, at: 0 }) / MINUTE);
    expect(waits).toEqual([0.5, 2.5, 12.5, 62.5, 312.5, 720, 720, 720]);
    const failures = new Map([['shop.example.com', { count: 2, at: now - 1.5 * MINUTE }]]);
    expect(plan({ failures })).toMatchObject({ due: [], next: now + MINUTE });
    expect(due({ failures, now: now + MINUTE })).toEqual(['shop.example.com']);
  });

  it('is when the server allows it again, which is never more than a week', () => {
    expect(retryOf({ count: 1, at: 0, notBefore: HOUR })).toBe(HOUR);
    expect(retryOf({ count: 3, at: 0, notBefore: MINUTE })).toBe(12.5 * MINUTE);
    expect(retryOf({ count: 1, at: 0, notBefore: 1000 * DAY })).toBe(7 * DAY);
  });

  it('does not let one host wait for another', () => {
    const failures = new Map([['bad.example.com', { count: 9, at: now }]]);
    expect(due({ wishes: [wish('bad.example.com'), wish('shop.example.com')], failures })).toEqual(['shop.example.com']);
  });

  it('puts renewals that cannot wait first, then hosts without a certificate, other renewals, and those that fail', () => {
    const issued = new Map([
      ['a.example.com', ends(25)],
      ['b.example.com', ends(22)],
      ['urgent.example.com', ends(5)],
      ['failing.example.com', ends(2)],
    ]);
    const failure = { count: 1, at: now - DAY };
    const failures = new Map(['bad', 'failing'].map((name) => [`${name}.example.com`, failure]));
    const wishes = ['bad', 'failing', 'a', 'b', 'new', 'urgent'].map((name) => wish(`${name}.example.com`));
    expect(due({ wishes, issued, failures }).map((host) => host.split('.')[0])).toEqual([
      'urgent',
      'new',
      'b',
      'a',
      'failing',
      'bad',
    ]);
  });

  it('keeps to the number of orders that a server takes', () => {
    const wishes = Array.from({ length: 20 }, (_, at) => wish(`host${at}.example.com`));
    const begun = Array.from({ length: 190 }, (_, at) => now - HOUR + at);
    expect(plan({ wishes, begun })).toMatchObject({ isLimited: true, due: { length: 10 } });
    const all = [...begun, ...begun.slice(0, 10)];
    expect(plan({ wishes, begun: all })).toMatchObject({ isLimited: true, due: [], next: now + 2 * HOUR });
    expect(plan({ wishes, begun: all, now: now + 2 * HOUR + 1000 })).toMatchObject({ isLimited: false, due: { length: 20 } });
  });

  it('leaves orders for renewals that cannot wait, however many new or failing hosts there are', () => {
    const names = Array.from({ length: 300 }, (_, at) => `host${at}.example.com`);
    const begun = (count: number) => Array.from({ length: count }, (_, at) => now - HOUR + at);
    const failures = new Map(names.map((name) => [name, { count: 1, at: now - DAY }]));
    const failing = names.map((name) => wish(name));
    expect(plan({ wishes: failing, failures }).due).toHaveLength(150);
    const wishes = [...failing, wish('new.example.com'), wish('urgent.example.com')];
    const issued = new Map([['urgent.example.com', ends(5)]]);
    expect(due({ wishes, failures, issued, begun: begun(150) })).toEqual(['urgent.example.com', 'new.example.com']);
    expect(due({ wishes, failures, issued, begun: begun(200) })).toEqual(['urgent.example.com']);
    expect(plan({ wishes, failures, issued, begun: begun(250) })).toMatchObject({
      due: [],
      isLimited: true,
      next: now + 2 * HOUR,
    });
    // The first place that is free again for a host that fails.
    expect(plan({ wishes: failing, failures, begun: begun(170) }).next).toBe(now + 2 * HOUR + 20);
  });
});
