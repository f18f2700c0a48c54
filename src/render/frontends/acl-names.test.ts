import { describe, expect, it } from 'vitest';
import { service } from '../../../test/support/rendering/documents.ts';
import type { Service } from '../../model/service.ts';
import { aclSuffixes } from './acl-names.ts';

function of(...apps: readonly (readonly [app: string, vhost?: string])[]): readonly (string | undefined)[] {
  const services: Service[] = apps.map(([app, vhost]) => service(1, {}, { app, vhosts: vhost === undefined ? [] : [vhost] }));
  const suffixes = aclSuffixes(services);
  return services.map((each) => suffixes.get(each));
}

describe('aclSuffixes', () => {
  it('lets the names of 1.15 be where they differ, and within one app', () => {
    expect(of(['/a', 'x.example.com'], ['/a', 'x.example.com'], ['/b', 'x.example.com'])).toEqual([
      undefined,
      undefined,
      undefined,
    ]);
  });

  it('tells apps apart whose ids are written alike', () => {
    expect(of(['/dot.ted'], ['/dot/ted'], ['/dot/ted'])).toEqual([undefined, '_ff5f2905', '_ff5f2905']);
  });

  it('tells hosts of different apps apart that are written alike', () => {
    const [first, second] = of(['/com/web', 'shop.example'], ['/web', 'shop.example.com']);
    expect(first).toBeUndefined();
    expect(second).toMatch(/^_[0-9a-f]{8}$/);
  });
});
