import { expect } from 'vitest';
import type { Ask, Cases } from './case.ts';

const QUICK = { CHECK_INTERVAL: '100ms', CHECK_FALL: '1', CHECK_RISE: '1' };

export const healthCases: Cases = {
  'check-path': {
    labels: { CHECK_PATH: '/health', ...QUICK },
    instances: 2,
    async check(ask) {
      await ask('/sim/status?code=503');
      await expect.poll(() => statusesOf(ask)).toEqual(new Set([200]));
    },
  },
  'check-status': {
    labels: { CHECK_PATH: '/gone', CHECK_STATUS: '404,410', ...QUICK },
    env: { SIM_404: '/gone' },
    async check(ask) {
      // Its neighbour, which expects something else, is out by now.
      await expect.poll(async () => (await ask('/', { host: 'check-status-other.test' })).status).toBe(503);
      expect(await statusesOf(ask)).toEqual(new Set([200]));
    },
  },
  'check-status-other': {
    labels: { CHECK_PATH: '/gone', ...QUICK },
    env: { SIM_404: '/gone' },
    async check(ask) {
      await expect.poll(() => statusesOf(ask)).toEqual(new Set([503]));
    },
  },
  'check-host': {
    labels: { CHECK_PATH: '/health', CHECK_HOST: 'check.internal', ...QUICK },
    server: 'picky',
    async check(ask) {
      await expect.poll(async () => (await ask('/', { host: 'check-host-other.test' })).status).toBe(503);
      expect((await ask()).text).toBe('1.1 false none');
    },
  },
  'check-host-other': {
    labels: { CHECK_PATH: '/health', ...QUICK },
    server: 'picky',
    async check(ask) {
      await expect.poll(async () => (await ask()).status).toBe(503);
    },
  },
};

async function statusesOf(ask: Ask): Promise<ReadonlySet<number>> {
  const four = await Promise.all([ask(), ask(), ask(), ask()]);
  return new Set(four.map(({ status }) => status));
}
