import { describe, expect, it } from 'vitest';
import { limitCaches } from './caches.ts';
import type { Service } from './service.ts';

const service = (app: string, cache: string, since: string, more: object = {}): Service =>
  ({
    app,
    index: 0,
    servicePort: 10_000,
    backend: `${app.slice(1)}_10000`,
    mode: 'http',
    vhosts: [],
    since,
    ...more,
    typed: { CACHE: cache },
  }) as unknown as Service;
const cachesOf = (services: readonly Service[], megabytes: number) => {
  const limited = limitCaches(services, megabytes);
  return {
    kept: limited.services.filter(({ typed }) => typed?.['CACHE'] !== undefined).map(({ app }) => app),
    problems: limited.problems.map(({ app, code }) => `${app} ${code}`),
  };
};

describe('the memory of caches', () => {
  const services = [service('/a', '60s 8m', '2026-03'), service('/b', '60s 8m', '2026-01'), service('/c', '60s 2m', '2026-04')];

  it('is for the older definitions first; what does not fit has none', () => {
    expect(cachesOf(services, 16)).toEqual({ kept: ['/a', '/b'], problems: ['/c cache-unused'] });
    expect(cachesOf(services, 10)).toEqual({ kept: ['/b', '/c'], problems: ['/a cache-unused'] });
    expect(cachesOf(services, 0)).toEqual({ kept: [], problems: ['/b cache-unused', '/a cache-unused', '/c cache-unused'] });
  });

  it('gives the same objects for the same services', () => {
    expect(limitCaches(services, 18).services).toBe(services);
    expect(limitCaches(services, 10).services[0]).toBe(limitCaches(services, 10).services[0]);
  });

  it('is not taken by services whose label has no effect', () => {
    const auth = { auth: { realm: 'x', user: 'a', password: 'b' } };
    expect(cachesOf([service('/a', '60s 8m', '', auth), service('/b', '60s 8m', '')], 8).problems).toEqual([]);
  });
});
