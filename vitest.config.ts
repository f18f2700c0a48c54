import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    testTimeout: 20_000,
    hookTimeout: 30_000,
    expect: { poll: { timeout: 10_000 } },
    projects: [
      // Pure: no HAProxy, no built program.
      {
        extends: true,
        test: { name: 'unit', include: ['{src,sim}/**/*.test.ts'], exclude: ['src/**/*.haproxy.test.ts'], isolate: false },
      },
      // These run one HAProxy, without Marathon.
      { extends: true, test: { name: 'haproxy', include: ['src/**/*.haproxy.test.ts'] } },
      // These run the built program.
      { extends: true, test: { name: 'whole', include: ['test/**/*.test.ts'], globalSetup: ['test/support/program/build.ts'] } },
    ],
  },
});
