import { describe, expect, it } from 'vitest';
import { cleanedUpHostname, cookieValue, serverId } from './names.ts';

/** Computed with Python's hashlib as 1.15 does. */
describe('serverId', () => {
  it('is the digest modulo 32767', () => {
    expect(serverId('10_0_0_1_31000', new Set())).toBe(28_035);
    expect(serverId('agent-1_example_com_10_0_0_21_31005', new Set())).toBe(10_481);
  });

  it('hashes again where the id is taken, as often as needed', () => {
    const taken = new Set<number>();
    expect([1, 2, 3].map(() => serverId('10_0_0_1_31000', taken))).toEqual([28_035, 8455, 24_925]);
    expect([...taken]).toEqual([28_035, 8455, 24_925]);
  });

  it('is never 0', () => {
    expect(serverId('10_0_0_1_5345', new Set())).toBe(21_898);
  });
});

describe('cookieValue', () => {
  it('is ten digits of sha1', () => {
    expect(cookieValue('10_0_0_1_31000')).toBe('13d473d85a');
  });
});

describe('cleanedUpHostname', () => {
  it('cleans the host, not the dots of the app', () => {
    expect(cleanedUpHostname('*.Shop_1.example.com', '/prod/shop.cart')).toBe('__Shop_1_example_com_prod_shop.cart');
  });
});
