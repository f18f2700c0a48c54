import { expect } from 'vitest';
import { type Cases, statisticOf, TCP, tasksOf } from './case.ts';
import { echo, echoUntilClosed } from './echo.ts';

export const connectionCases: Cases = {
  'timeout-server': {
    labels: { TIMEOUT_SERVER: '300ms' },
    async check(ask) {
      expect(await ask('/sleep?ms=2000')).toMatchObject({ status: 504 });
      expect(await ask('/sleep?ms=1')).toMatchObject({ status: 200 });
    },
  },
  'timeout-queue': {
    labels: { MAX_CONNECTIONS: '1', TIMEOUT_QUEUE: '200ms' },
    async check(ask) {
      const both = await Promise.all([ask('/sleep?ms=1500'), ask('/sleep?ms=1500')]);
      expect(new Set(both.map(({ status }) => status))).toEqual(new Set([200, 503]));
    },
  },
  'max-connections': {
    labels: { MAX_CONNECTIONS: '1', MAX_QUEUE: '5' },
    async check(ask) {
      const began = performance.now();
      const three = await Promise.all([ask('/sleep?ms=300'), ask('/sleep?ms=300'), ask('/sleep?ms=300')]);
      expect(three.map(({ status }) => status)).toEqual([200, 200, 200]);
      expect(performance.now() - began).toBeGreaterThan(890);
    },
  },
  'timeout-tunnel': {
    labels: { MODE: 'tcp', TIMEOUT_TUNNEL: '500ms' },
    env: TCP,
    async check(_, { port }) {
      const began = performance.now();
      expect(await echoUntilClosed(port, 'x')).toBe('x');
      expect(performance.now() - began).toBeLessThan(5000);
    },
  },
  'retry-on': {
    labels: { RETRIES: '2', RETRY_ON: '503' },
    instances: 2,
    async check(ask) {
      await ask('/sim/status?code=503');
      const statuses = async (method: string): Promise<ReadonlySet<number>> => {
        const six = await Promise.all(Array.from({ length: 6 }, () => ask('/', { method })));
        return new Set(six.map(({ status }) => status));
      };
      expect(await statuses('GET')).toEqual(new Set([200]));
      expect(await statuses('POST')).toEqual(new Set([200, 503]));
    },
  },
  retries: {
    labels: { RETRIES: '1' },
    server: 'nobody',
    async check(ask, service) {
      expect(await ask()).toMatchObject({ status: 503 });
      expect(await statisticOf(ask, service, 'wretr')).toBe('1');
    },
  },
  'retries-none': {
    labels: { RETRIES: '0' },
    server: 'nobody',
    async check(ask, service) {
      expect(await ask()).toMatchObject({ status: 503 });
      expect(await statisticOf(ask, service, 'wretr')).toBe('0');
    },
  },
  'slow-start': {
    labels: { SLOW_START: '60s' },
    check: async (ask) => expect(await ask()).toMatchObject({ status: 200 }),
  },
  'proxy-protocol': {
    labels: { MODE: 'tcp', PROXY_PROTOCOL: 'v1' },
    env: TCP,
    async check(_, { port }) {
      expect(await echo(port, 'x', /x$/)).toMatch(/^PROXY TCP4 127\.0\.0\.1 127\.0\.0\.1 \d+ \d+\r\nx$/);
    },
  },
  'protocol-https': {
    labels: { BACKEND_PROTOCOL: 'https' },
    server: 'tls',
    check: async (ask) => expect((await ask()).text).toBe('1.1 true protocol-https.test'),
  },
  'protocol-h2': {
    labels: { BACKEND_PROTOCOL: 'h2', BACKEND_CA: 'CERTIFICATE', BACKEND_VERIFY_HOST: 'tls.internal' },
    server: 'tls',
    check: async (ask) => expect((await ask()).text).toBe('2.0 true tls.internal'),
  },
  'protocol-h2-other-host': {
    labels: { BACKEND_PROTOCOL: 'h2', BACKEND_CA: 'CERTIFICATE', BACKEND_VERIFY_HOST: 'other.internal' },
    server: 'tls',
    check: async (ask) => expect(await ask()).toMatchObject({ status: 503 }),
  },
  'protocol-grpc': {
    labels: { BACKEND_PROTOCOL: 'grpc' },
    server: 'h2c',
    check: async (ask) => expect((await ask()).text).toBe('2.0 false none'),
  },
  'protocol-grpc-checked': {
    labels: { BACKEND_PROTOCOL: 'grpc' },
    isChecked: true,
    server: 'h2c',
    async check(ask, service) {
      await expect.poll(() => statisticOf(ask, service, 'check_status', 'server')).toBe('L7OK');
      expect((await ask()).text).toBe('2.0 false none');
    },
  },
  'protocol-grpc-check-path': {
    labels: { BACKEND_PROTOCOL: 'grpc', CHECK_PATH: '/health', CHECK_INTERVAL: '100ms' },
    server: 'h2c',
    async check(ask, service) {
      await expect.poll(() => statisticOf(ask, service, 'check_status', 'server')).toBe('L7OK');
    },
  },
  'sticky-cookie': {
    labels: { STICKY_BY: 'cookie', STICKY_COOKIE: 'shop; HttpOnly; SameSite=Lax' },
    instances: 3,
    async check(ask) {
      const first = await ask();
      const [cookie = ''] = first.headers['set-cookie'] ?? [];
      expect(cookie).toMatch(/^shop=[0-9a-f]{10}; path=\/; HttpOnly; SameSite=Lax$/);
      expect(await tasksOf(ask, { cookie: cookie.split(';')[0] ?? '' })).toEqual(new Set([first.task]));
      expect((await tasksOf(ask, {})).size).toBe(3);
    },
  },
  'sticky-source': {
    labels: { STICKY_BY: 'source' },
    instances: 3,
    async check(ask) {
      expect((await tasksOf(ask, {})).size).toBe(1);
      const others = [2, 3, 4, 5, 6].map((last) => ask('/', { from: `127.0.0.${last}` }));
      expect(new Set((await Promise.all(others)).map(({ task }) => task)).size).toBe(3);
    },
  },
  'sticky-header': {
    labels: { STICKY_BY: 'header X-User' },
    instances: 3,
    async check(ask) {
      expect((await tasksOf(ask, { 'x-user': 'ann' })).size).toBe(1);
      expect((await tasksOf(ask, {})).size).toBe(3);
    },
  },
};
